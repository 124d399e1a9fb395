package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggRegrSlope() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "regr_slope",
			Group: groupStatistics,
			Doc:   "The slope of the line y = slope * x + intercept that fits best (least squares).",
			Nulls: "rows where either is null are skipped; where x does not vary the result is null",
			Examples: aggExamples(
				"regr_slope(2 * x, x)", "[1, 2, 3]", "2.0",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "regr_slope(y: double, x: double) -> double?", new: fits(fold.Fit.Slope)})
}
