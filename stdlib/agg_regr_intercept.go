package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggRegrIntercept() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "regr_intercept",
			Group: groupStatistics,
			Doc:   "The intercept of the line y = slope * x + intercept that fits best (least squares).",
			Nulls: "rows where either is null are skipped; where x does not vary the result is null",
			Examples: aggExamples(
				"regr_intercept(x * x, x)", "[1, 2, 3]", "-3.3333333333333335",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "regr_intercept(y: double, x: double) -> double?", new: fits(fold.Fit.Intercept)})
}
