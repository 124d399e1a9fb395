package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func aggVarSamp() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "var_samp",
			Group: groupStatistics,
			Doc:   "The variance of a sample (over n - 1), from exact sums.",
			Nulls: "nulls are skipped; with fewer than two rows the result is null",
			Examples: aggExamples(
				"var_samp(x)", "[1, 2, 3, 4]", "1.6666666666666667",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "var_samp(x: double) -> double?", new: newVariance(1)})
}
