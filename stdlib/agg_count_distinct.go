package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

func aggCountDistinct() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "count_distinct",
			Group: groupAggregate,
			Doc:   "How many different values there are, exactly.",
			Nulls: "nulls are not counted; without rows the count is 0",
			Examples: aggExamples(
				"count_distinct(x)", "[1, 2, 2, null]", "2",
			),
		},
		Retracts: true,
		Growing:  "approx_count_distinct needs 16 KiB a group",
	},
		aggOverload{text: "count_distinct<T: keyed>(x: T) -> long", new: newCountDistinct})
}

func newCountDistinct([]*types.Type, []any, *types.Type) kernel.Aggregator {
	return fold.Bags(func(b *fold.Results[fold.Bag]) arrow.Array {
		return fold.Value(b, types.TLong, func(_ int, s *fold.Bag) int64 { return s.Distinct() })
	})
}
