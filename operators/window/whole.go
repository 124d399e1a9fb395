package window

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Whole puts all rows of a bounded input into one window that closes when the input
// ends, so that what works within windows can give its final answer over a file. It
// needs no time, and no row is late for it.
type Whole struct {
	operators.Stateless
}

// NewWhole makes the operator. Its output has the columns of its input, then
// types.WindowStart and types.WindowEnd.
func NewWhole() *Whole { return &Whole{} }

// Process implements operators.Operator.
func (w *Whole) Process(_ int, b *operators.Batch, out operators.Output) error {
	if b.Time == nil { // then canonical order alone says what comes first
		b.Time, b.Arrival = make([]int64, b.Rows), make([]int64, b.Rows)
		for i := range b.Arrival {
			b.Arrival[i] = operators.MinTime
		}
	}
	b.Cols = append(b.Cols[:len(b.Cols):len(b.Cols)], instants(w.Alloc, b.Rows, operators.MinTime), instants(w.Alloc, b.Rows, operators.MaxTime))
	out.Emit(0, b)
	return nil
}

// instants is a column that holds one instant in every row.
func instants(alloc memory.Allocator, n int, at int64) arrow.Array {
	arr, values := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	for i := range values {
		values[i] = at
	}
	return arr
}
