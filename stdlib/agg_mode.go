package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

func aggMode() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "mode",
			Group: groupStatistics,
			Doc:   "The most frequent value, the smallest of equally frequent ones.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"mode(x)", "[3, 1, 3, null]", "3",
				"mode(x)", "[2, 1]", "1",
			),
		},
		EmptyNull: true,
		Retracts:  true,
		Growing:   "mode keeps the count of every different value",
	},
		aggOverload{text: "mode<T: ordered>(x: T) -> T", new: newMode})
}

func newMode(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return fold.Bags(func(b *fold.Results[fold.Bag]) arrow.Array {
		return fold.DecodeOne(b.Alloc, result, len(b.Groups), func(i int) []byte {
			code, ok := b.State(i).Mode()
			if !ok {
				return nil
			}
			return []byte(code)
		})
	})
}
