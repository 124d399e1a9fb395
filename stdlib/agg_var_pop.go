package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func aggVarPop() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "var_pop",
			Group: groupStatistics,
			Doc:   "The variance of a population (over n), from exact sums.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"var_pop(x)", "[2, 4, 4, 4, 5, 5, 7, 9]", "4.0",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "var_pop(x: double) -> double", new: newVariance(0)})
}
