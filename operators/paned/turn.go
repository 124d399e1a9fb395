package paned

import (
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// InTurn puts changes of several windows, each in order, into the order of the rows of
// the input that have made them. The two rows of an update count as one: what they have
// made leaves as deletes, then updates, then inserts (SEMANTICS 73), of one window before
// another as the parts stand.
func InTurn(alloc memory.Allocator, in *operators.Batch, parts []*operators.Batch) *operators.Batch {
	if len(parts) == 1 {
		return parts[0]
	}
	all := &operators.Batch{}
	arrs := make([][]arrow.Array, len(parts[0].Cols))
	for _, p := range parts {
		for c, col := range p.Cols {
			arrs[c] = append(arrs[c], col)
		}
		all.Rows += p.Rows
		all.Time, all.Arrival, all.Progress = append(all.Time, p.Time...), append(all.Arrival, p.Arrival...), append(all.Progress, p.Progress...)
		all.Ops, all.Cause = append(all.Ops, p.Ops...), append(all.Cause, p.Cause...)
	}
	turn := func(row int32) int32 {
		if in.Ops != nil && in.Ops[row] == operators.UpdateAfter {
			return row - 1
		}
		return row
	}
	order := make([]int32, all.Rows)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(turn(all.Cause[a]), turn(all.Cause[b])), cmp.Compare(all.Ops[a].Rank(), all.Ops[b].Rank()))
	})
	for _, of := range arrs {
		all.Cols = append(all.Cols, kernel.GatherAny(alloc, of, order))
	}
	for _, p := range parts {
		p.Release()
	}
	return picked(all, order)
}

// picked puts what a batch says of its rows into another order; its columns have it.
func picked(b *operators.Batch, order []int32) *operators.Batch {
	out := &operators.Batch{Cols: b.Cols, Rows: b.Rows, Ops: make([]operators.Op, b.Rows), Cause: make([]int32, b.Rows),
		Time: make([]int64, b.Rows), Arrival: make([]int64, b.Rows), Progress: make([]int64, b.Rows)}
	for i, at := range order {
		out.Ops[i], out.Cause[i] = b.Ops[at], b.Cause[at]
		out.Time[i], out.Arrival[i], out.Progress[i] = b.Time[at], b.Arrival[at], b.Progress[at]
	}
	return out
}
