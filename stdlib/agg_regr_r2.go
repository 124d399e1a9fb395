package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggRegrR2() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "regr_r2",
			Group: groupStatistics,
			Doc:   "The share of the variance of y that a line over x explains: the square of the correlation.",
			Nulls: "rows where either is null are skipped; where one does not vary the result is null",
			Examples: aggExamples(
				"regr_r2(2 * x, x)", "[1, 2, 3]", "1.0",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "regr_r2(y: double, x: double) -> double?", new: fits(fold.Fit.R2)})
}
