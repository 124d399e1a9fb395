package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// pick is a row of one of several batches.
type pick struct{ batch, row int32 }

// assemble makes one batch of rows of several in the order given. The batches
// stay the caller's.
func assemble(alloc memory.Allocator, batches []*operators.Batch, picks []pick) *operators.Batch {
	if only, ok := oneBatch(batches, picks); ok {
		return only
	}
	out := &operators.Batch{Rows: len(picks), Cols: make([]arrow.Array, len(batches[0].Cols)), Lease: operators.JoinLeases(batches)}
	spots := make([]kernel.Spot, len(picks))
	for i, p := range picks {
		spots[i] = kernel.Spot{Part: p.batch, Row: p.row}
	}
	arrs := make([]arrow.Array, len(batches))
	for c := range out.Cols {
		for i, b := range batches {
			arrs[i] = b.Cols[c]
		}
		out.Cols[c] = kernel.GatherParts(alloc, arrs, spots)
	}
	out.Time = collect(batches, picks, func(b *operators.Batch) []int64 { return b.Time })
	out.Arrival = collect(batches, picks, func(b *operators.Batch) []int64 { return b.Arrival })
	out.Progress = collect(batches, picks, func(b *operators.Batch) []int64 { return b.Progress })
	out.Refs = collect(batches, picks, func(b *operators.Batch) []operators.Ref { return b.Refs })
	out.Ops = collect(batches, picks, func(b *operators.Batch) []operators.Op { return b.Ops })
	return out
}

// oneBatch shares the arrays where all rows are of one batch and ascend.
func oneBatch(batches []*operators.Batch, picks []pick) (*operators.Batch, bool) {
	first := picks[0].batch
	for i, p := range picks {
		if p.batch != first || i > 0 && p.row <= picks[i-1].row {
			return nil, false
		}
	}
	sel := make([]int32, len(picks))
	for i, p := range picks {
		sel[i] = p.row
	}
	return selected(batches[first], sel), true
}

// dense makes a batch anew out of the rows that count.
func dense(alloc memory.Allocator, b *operators.Batch) *operators.Batch {
	defer b.Release()
	return operators.Gather(alloc, b, b.Sel)
}

// selected is a second owner of a batch with other rows selected.
func selected(b *operators.Batch, sel []int32) *operators.Batch {
	out := share(b)
	out.Sel = sel
	if len(sel) == b.Rows {
		out.Sel = nil
	}
	return out
}

// share is a second owner of a batch.
func share(b *operators.Batch) *operators.Batch {
	out := *b
	out.Retain()
	out.Cols = append([]arrow.Array(nil), b.Cols...)
	return &out
}

// collect gathers one of the slices of batches; nil where none has it.
func collect[T any](batches []*operators.Batch, picks []pick, of func(*operators.Batch) []T) []T {
	any := false
	for _, b := range batches {
		any = any || of(b) != nil
	}
	if !any {
		return nil
	}
	out := make([]T, len(picks))
	for i, p := range picks {
		if from := of(batches[p.batch]); from != nil {
			out[i] = from[p.row]
		}
	}
	return out
}

// rowsOf lists the rows of a batch that count.
func rowsOf(b *operators.Batch) []int32 {
	if b.Sel != nil {
		return b.Sel
	}
	out := make([]int32, b.Rows)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

// without are the rows of sel (ascending) that are not in drop (ascending).
func without(sel, drop []int32) []int32 {
	out := make([]int32, 0, len(sel))
	for _, r := range sel {
		for len(drop) > 0 && drop[0] < r {
			drop = drop[1:]
		}
		if len(drop) > 0 && drop[0] == r {
			continue
		}
		out = append(out, r)
	}
	return out
}
