package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggCovarSamp() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "covar_samp",
			Group: groupStatistics,
			Doc:   "The covariance of two columns of a sample (over n - 1).",
			Nulls: "rows where either is null are skipped; with fewer than two rows the result is null",
			Examples: aggExamples(
				"covar_samp(x, 2 * x)", "[1, 2, 3]", "2.0",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "covar_samp(y: double, x: double) -> double?", new: fits(func(f fold.Fit) (float64, bool) { return f.Covariance(1) })})
}
