package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

func aggCountIf() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:     "count_if",
			Group:    groupAggregate,
			Doc:      "Counts the rows where a condition is true.",
			Nulls:    "a null condition is not counted; without rows the count is 0",
			Examples: aggExamples("count_if(x > 1)", "[1, 2, 3]", "2", "count_if(x)", "[true, false, null]", "1"),
		},
		Retracts: true,
	}, aggOverload{text: "count_if(x: boolean) -> long", new: newCountIf})
}

func newCountIf([]*types.Type, []any, *types.Type) kernel.Aggregator {
	count := func(counts []int64, c *kernel.AggCall, by int64) {
		holds := kernel.Reader[bool](c.Args[0])
		c.Each(func(row int) {
			if holds(row) {
				counts[c.Groups[row]] += by
			}
		})
	}
	return &fold.States[int64]{
		AddRows: func(counts []int64, c *kernel.AggCall) { count(counts, c, 1) },
		SubRows: func(counts []int64, c *kernel.AggCall) { count(counts, c, -1) },
		Build:   buildCount,
		Save:    saveCount,
		Load:    loadCount,
		Merge:   mergeCounts,
	}
}
