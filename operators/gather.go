package operators

import (
	"github.com/apache/arrow-go/v18/arrow"
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
