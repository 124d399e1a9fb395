package operators

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/vm/kernel"
)

// Gather copies rows of a batch into a new one, in the order given; a row may be
// taken several times. What the copies refer to stays as long as they do.
func Gather(alloc memory.Allocator, b *Batch, rows []int32) *Batch {
	out := &Batch{
		Cols: make([]arrow.Array, len(b.Cols)), Rows: len(rows),
		Time: gather(b.Time, rows), Arrival: gather(b.Arrival, rows), Progress: gather(b.Progress, rows),
		Refs: gather(b.Refs, rows), Ops: gather(b.Ops, rows), Cause: gather(b.Cause, rows),
		Seq: gather(b.Seq, rows),
	}
	out.Lease = b.Lease.copied()
	for c, a := range b.Cols {
		out.Cols[c] = kernel.Gather(alloc, a, rows)
	}
	return out
}

// Slice is the rows of a batch without a selection from one to another, which share its
// memory. It belongs to the caller, as the batch still does.
func (b *Batch) Slice(from, to int) *Batch {
	out := *b
	out.Cols, out.Rows, out.Base = make([]arrow.Array, len(b.Cols)), to-from, b.Base+int64(from)
	for c, a := range b.Cols {
		out.Cols[c] = array.NewSlice(a, int64(from), int64(to))
	}
	out.Time, out.Arrival, out.Progress = part(b.Time, from, to), part(b.Arrival, from, to), part(b.Progress, from, to)
	out.Refs, out.Ops, out.Cause = part(b.Refs, from, to), part(b.Ops, from, to), part(b.Cause, from, to)
	out.Seq, out.Lead = part(b.Seq, from, to), part(b.Lead, from, to)
	if b.Lease != nil {
		b.Lease.share()
	}
	return &out
}

func part[T any](values []T, from, to int) []T {
	if values == nil {
		return nil
	}
	return values[from:to]
}

func gather[T any](values []T, rows []int32) []T {
	if values == nil {
		return nil
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = values[r]
	}
	return out
}
