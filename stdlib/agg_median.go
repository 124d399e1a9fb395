package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

func aggMedian() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "median",
			Group: groupStatistics,
			Doc:   "The middle value, or the mean of the two middle ones: quantile(x, 0.5).",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"median(x)", "[3, 1, 2, null]", "2.0",
				"median(x)", "[1, 2, 3, 4]", "2.5",
			),
		},
		EmptyNull: true,
		Retracts:  true,
		Growing:   "median keeps all values of a group; approx_quantile(x, 0.5) does not",
	},
		aggOverload{text: "median(x: double) -> double", new: newMedian})
}

func newMedian(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return exactQuantile(0.5, result)
}
