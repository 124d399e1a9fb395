package stdlib

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

func aggCollectDistinct() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "collect_distinct",
			Group: groupCollecting,
			Doc:   "An array of the different values, in ascending order.",
			Nulls: "nulls are skipped; without rows the array is empty",
			Examples: aggExamples(
				"collect_distinct(x)", "[3, 1, 3, null]", "[1, 3]",
			),
		},
		Retracts: true,
		Growing:  "collect_distinct keeps the different values of a group",
	},
		aggOverload{text: "collect_distinct<T: keyed>(x: T) -> array<T>", new: newCollectDistinct})
}

func newCollectDistinct(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return fold.Bags(func(b *fold.Results[fold.Bag]) arrow.Array {
		return keycode.DecodeLists(b.Alloc, result, len(b.Groups), func(i int) []byte {
			return append([]byte{}, strings.Join(b.State(i).Sorted(), "")...)
		})
	})
}
