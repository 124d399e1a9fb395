package aggregate

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// send emits changes that a batch has caused, or a watermark where it is nil.
func (f *refined) send(changes []refinedChange, in *operators.Batch, out operators.Output) {
	changes = f.settle(changes, out)
	most := 2 * len(changes)
	of, rows := make([]int32, 0, most), make([]*seen, 0, most)
	b := &operators.Batch{}
	put := func(i int, op operators.Op, s *seen) {
		of, rows, b.Ops = append(of, int32(i)), append(rows, s), append(b.Ops, op)
	}
	for i := range changes {
		switch c := &changes[i]; c.rank() {
		case 0:
			put(i, operators.Delete, c.before)
		case 1:
			put(i, operators.UpdateBefore, c.before)
			put(i, operators.UpdateAfter, c.after)
		default:
			put(i, operators.Insert, c.after)
		}
	}
	n := len(rows)
	if n == 0 {
		return
	}
	alloc := f.a.Alloc
	made := f.decode(rows)
	starts, first := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	ends, last := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	nths, number := kernel.NewFixed[int64](alloc, arrow.PrimitiveTypes.Int64, n)
	for i, s := range rows {
		first[i], last[i], number[i] = s.start, s.end, s.number
	}
	b.Rows = n
	if f.numbers() {
		made = append(made, starts, ends, nths)
	} else {
		nths.Release()
		made = append(made, starts, ends)
	}
	b.Cols = f.a.Layout.Arrange(made)
	f.place(b, of, changes, in)
	out.Emit(0, b)
}

// decode makes the columns of what is seen, but for the window's.
func (f *refined) decode(rows []*seen) []arrow.Array {
	if f.picks != nil {
		return f.picks.decode(f, rows)
	}
	made := keycode.Decode(f.a.Alloc, f.a.byTypes, len(rows), func(i int) []byte { return rows[i].key })
	itemTypes := make([]*types.Type, len(f.a.spec.Items))
	for i, it := range f.a.spec.Items {
		itemTypes[i] = it.Expr.Type()
	}
	return append(made, keycode.Decode(f.a.Alloc, itemTypes, len(rows), func(i int) []byte { return rows[i].items })...)
}

// place says when and where changes happened: in the batch that caused them, nil for a
// watermark.
func (f *refined) place(b *operators.Batch, of []int32, changes []refinedChange, in *operators.Batch) {
	if in != nil && f.every == 0 {
		b.Cause = make([]int32, b.Rows)
		for i := range b.Cause {
			b.Cause[i] = changes[of[i]].cause
		}
	}
	if in != nil && in.Time == nil {
		// Without time the records are what rows are ordered by.
		if in.Refs != nil {
			b.Refs = make([]operators.Ref, b.Rows)
			for i := range b.Refs {
				b.Refs[i] = in.Refs[changes[of[i]].cause]
			}
		}
		return
	}
	b.Time, b.Arrival, b.Progress = make([]int64, b.Rows), make([]int64, b.Rows), make([]int64, b.Rows)
	for i := range b.Time {
		c := &changes[of[i]]
		b.Time[i], b.Progress[i] = c.row().end-1, c.progress // the rows of a pair share one time
		switch {
		case !f.numbers() && f.every > 0:
			b.Arrival[i] = window.Arrival(c.progress, c.firstEnd())
		case !f.numbers():
			b.Arrival[i] = min(c.progress, c.firstEnd()-1)
		case c.cause >= 0:
			b.Arrival[i] = c.arrival
		default: // a window of rows has no end that the watermark waits for
			b.Time[i] = max(b.Time[i], c.progress)
			b.Arrival[i] = b.Time[i]
		}
	}
}
