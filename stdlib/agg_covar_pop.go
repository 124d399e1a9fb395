package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggCovarPop() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "covar_pop",
			Group: groupStatistics,
			Doc:   "The covariance of two columns of a population (over n).",
			Nulls: "rows where either is null are skipped; without rows the result is null",
			Examples: aggExamples(
				"covar_pop(x, 2 * x)", "[1, 2, 3]", "1.3333333333333333",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "covar_pop(y: double, x: double) -> double?", new: fits(func(f fold.Fit) (float64, bool) { return f.Covariance(0) })})
}
