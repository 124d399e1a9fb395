package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

func aggCollect() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "collect",
			Group: groupCollecting,
			Doc:   "An array of the values, in the order of the rows.",
			Nulls: "nulls are skipped; without rows the array is empty",
			Examples: aggExamples(
				"collect(x)", "[3, null, 1]", "[3, 1]",
			),
		},
		Retracts: true,
		Growing:  "collect keeps all values of a group",
	},
		aggOverload{text: "collect<T>(x: T) -> array<T>", new: newCollect})
}

func newCollect(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return fold.Sequences(func(b *fold.Results[fold.Sequence]) arrow.Array {
		return keycode.DecodeLists(b.Alloc, result, len(b.Groups), func(i int) []byte { return b.State(i).Codes() })
	})
}
