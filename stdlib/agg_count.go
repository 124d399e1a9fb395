package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

func aggCount() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "count",
			Group: groupAggregate,
			Doc:   "Counts rows; with an argument, the rows where it is not null.",
			Nulls: "nulls are not counted; without rows the count is 0",
			Examples: aggExamples(
				"count()", "[1, 2, null]", "3",
				"count(x)", "[1, 2, null]", "2",
			),
		},
		Retracts: true,
	},
		aggOverload{text: "count() -> long", new: newCount},
		aggOverload{text: "count<T>(x: T) -> long", new: newCount})
}

func newCount([]*types.Type, []any, *types.Type) kernel.Aggregator {
	return &fold.States[int64]{
		AddRows: func(counts []int64, c *kernel.AggCall) { countRows(counts, c, 1) },
		SubRows: func(counts []int64, c *kernel.AggCall) { countRows(counts, c, -1) },
		Build:   buildCount,
		Save:    saveCount,
		Load:    loadCount,
		Merge:   mergeCounts,
	}
}

func countRows(counts []int64, c *kernel.AggCall, by int64) {
	if c.Rows == nil {
		for _, g := range c.Groups[:c.N] {
			counts[g] += by
		}
		return
	}
	for _, i := range c.Rows {
		counts[c.Groups[i]] += by
	}
}

func buildCount(b *fold.Results[int64]) arrow.Array {
	return fold.Value(b, types.TLong, func(_ int, n *int64) int64 { return *n })
}

func mergeCounts(to, from *int64) { *to += *from }

func saveCount(w *wire.Writer, n *int64) { w.Int(*n) }
func loadCount(r *wire.Reader, n *int64) { *n = r.Int() }
