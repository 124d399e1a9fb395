package stdlib

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

func aggEntropy() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "entropy",
			Group: groupStatistics,
			Doc:   "How evenly values are spread over their different kinds, in bits: 0 when all are equal, 1 for two equally frequent ones.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"entropy(x)", "[1, 2, 1, 2]", "1.0",
				"entropy(x)", "[5, 5]", "0.0",
			),
		},
		EmptyNull: true,
		Retracts:  true,
		Growing:   "entropy keeps the count of every different value",
	},
		aggOverload{text: "entropy<T: keyed>(x: T) -> double", new: newEntropy})
}

func newEntropy(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return fold.Bags(func(b *fold.Results[fold.Bag]) arrow.Array {
		return fold.Column(b, result, func(_ int, s *fold.Bag) (float64, bool) {
			h, n := 0.0, float64(s.Len())
			for _, code := range s.Sorted() { // in order, so that rounding is the same every time
				p := float64(s.Count(code)) / n
				h -= float64(p * math.Log2(p))
			}
			return h + 0, s.Len() > 0
		})
	})
}
