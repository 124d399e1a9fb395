// Package window puts rows into windows: it adds the columns of the window's start
// and end to each row, once per window the row is in, and sends rows aside that
// are late (SEMANTICS 18 to 26 and 32).
//
// It closes nothing: what works within windows does. Whether a row is late depends
// on the row's own arrival watermark, never on the watermark of the operator. Window
// and Span know the windows of a row by the row alone and hold nothing back; Session,
// Sliding and Rows hold rows of a key until it is settled which windows they are in.
package window

import (
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Window is the operator.
type Window struct {
	tumbling grid   // of windows that follow each other, else nil
	several  finder // of windows that share rows, else nil
	lateness int64
	alloc    memory.Allocator

	late      []int32
	positions []int32 // of the rows of the result in the batch
	windows   []span  // of the rows of the result
}

// finder finds the windows of an instant, in an order of its own; the answer holds
// until the next call.
type finder interface{ of(t int64) []span }

// New makes the operator for windows at fixed places. Its output has the columns of its input, then
// types.WindowStart and types.WindowEnd.
func New(spec *ir.Window) (*Window, error) {
	zone, err := zoneOf(spec)
	if err != nil {
		return nil, err
	}
	w := &Window{lateness: spec.Lateness.Microseconds()}
	switch spec.Kind {
	case ir.WindowTumbling:
		w.tumbling, err = newGrid(spec.Size, spec.Offset, zone)
	case ir.WindowHopping:
		w.several, err = newHopping(spec.Size, spec.Every, spec.Offset, zone)
	case ir.WindowCumulative:
		w.several, err = newCumulative(spec.Size, spec.Every, spec.Offset, zone)
	default:
		err = fmt.Errorf("window: %s windows have no fixed places", spec.Kind)
	}
	if err != nil {
		return nil, err
	}
	return w, nil
}

// windowsOf is the windows of an instant; the answer holds until the next call.
func (w *Window) windowsOf(t int64) []span {
	if w.tumbling == nil {
		return w.several.of(t)
	}
	w.windows = append(w.windows[:0], span{start: w.tumbling.floor(t), end: w.tumbling.next(t)})
	return w.windows
}

// Columns appends the window's columns to those of a row.
func Columns(in []types.Column) []types.Column {
	return append(in[:len(in):len(in)],
		types.Column{Name: types.WindowStart, Type: types.TTimestamp, Hidden: true},
		types.Column{Name: types.WindowEnd, Type: types.TTimestamp, Hidden: true})
}

// Open implements operators.Operator.
func (w *Window) Open(ctx *operators.Context) error {
	w.alloc = ctx.Alloc
	return nil
}

// Process implements operators.Operator.
func (w *Window) Process(_ int, b *operators.Batch, out operators.Output) error {
	if b.Time == nil || b.Arrival == nil {
		b.Release()
		return errors.New("window: rows without time")
	}
	w.late = w.late[:0]
	if w.tumbling != nil {
		w.tumble(b, out)
	} else {
		w.hop(b, out)
	}
	return nil
}

// OnWatermark implements operators.Operator.
func (w *Window) OnWatermark(operators.Watermark, operators.Output) error { return nil }

// Remembers implements operators.Migrant.
func (*Window) Remembers() ([]operators.Remembered, bool) { return nil, true }

// Snapshot implements operators.Operator: there is no state.
func (w *Window) Snapshot() ([]byte, error) { return nil, nil }

// Restore implements operators.Operator.
func (w *Window) Restore([]byte, operators.Mine) error { return nil }

// Close implements operators.Operator.
func (w *Window) Close() error { return nil }

// Forgets implements operators.Forgetful.
func (w *Window) Forgets() bool { return true }

// later is an instant moved on; the ends of time stay where they are.
func later(t, d int64) int64 {
	if t == operators.MinTime || t > math.MaxInt64-d {
		return t
	}
	return t + d
}

// tumble adds the columns to the batch as it is; late rows leave its selection.
func (w *Window) tumble(b *operators.Batch, out operators.Output) {
	starts, s := kernel.NewFixed[int64](w.alloc, arrow.FixedWidthTypes.Timestamp_us, b.Rows)
	ends, e := kernel.NewFixed[int64](w.alloc, arrow.FixedWidthTypes.Timestamp_us, b.Rows)
	if b.Sel != nil {
		clear(s)
		clear(e)
	}
	if b.Sel == nil {
		w.bounds(b, s, e)
	} else {
		w.boundsOf(b, s, e)
	}
	if len(w.late) > 0 {
		out.Late(b, w.late)
		b.Sel = without(b, w.late)
	}
	b.Cols = append(b.Cols[:len(b.Cols):len(b.Cols)], starts, ends)
	if b.Len() == 0 {
		b.Release()
		return
	}
	out.Emit(0, b)
}

// bounds fills in the windows of all rows, and finds those that are late. Rows of one
// window mostly stand together.
func (w *Window) bounds(b *operators.Batch, starts, ends []int64) {
	times, arrivals := b.Time[:len(starts)], b.Arrival[:len(starts)]
	ends = ends[:len(starts)]
	for i := 0; i < len(times); {
		start, end := w.tumbling.floor(times[i]), w.tumbling.next(times[i])
		settled := later(end, w.lateness)
		from, latest := i, int64(math.MinInt64)
		for ; i < len(times) && times[i] >= start && times[i] < end; i++ {
			latest = max(latest, arrivals[i])
		}
		operators.Fill(starts[from:i], start)
		operators.Fill(ends[from:i], end)
		if latest < settled {
			continue
		}
		for j := from; j < i; j++ {
			if arrivals[j] >= settled {
				w.late = append(w.late, int32(j))
			}
		}
	}
}

// boundsOf is bounds for the rows that count.
func (w *Window) boundsOf(b *operators.Batch, starts, ends []int64) {
	var current span // no row is in this empty one
	settled := int64(math.MinInt64)
	for _, i := range b.Sel {
		t := b.Time[i]
		if t < current.start || t >= current.end {
			current = span{start: w.tumbling.floor(t), end: w.tumbling.next(t)}
			settled = later(current.end, w.lateness)
		}
		starts[i], ends[i] = current.start, current.end
		if b.Arrival[i] >= settled {
			w.late = append(w.late, i)
		}
	}
}

// without is the rows of a batch less some of them.
func without(b *operators.Batch, gone []int32) []int32 {
	left := make([]int32, 0, b.Len()-len(gone))
	b.Each(func(i int) {
		if len(gone) > 0 && gone[0] == int32(i) {
			gone = gone[1:]
			return
		}
		left = append(left, int32(i))
	})
	return left
}

// hop makes the batch anew with each row once per window. A row is late once,
// however many of its windows it misses.
func (w *Window) hop(b *operators.Batch, out operators.Output) {
	defer b.Release()
	w.positions, w.windows = w.positions[:0], w.windows[:0]
	b.Each(func(i int) {
		late := false
		for _, s := range w.several.of(b.Time[i]) {
			if b.Arrival[i] >= later(s.end, w.lateness) {
				late = true
				continue
			}
			w.positions = append(w.positions, int32(i))
			w.windows = append(w.windows, s)
		}
		if late {
			w.late = append(w.late, int32(i))
		}
	})
	if len(w.late) > 0 {
		out.Late(b, w.late)
	}
	if len(w.positions) > 0 {
		r := operators.Gather(w.alloc, b, w.positions)
		addBounds(w.alloc, r, func(i int) span { return w.windows[i] })
		out.Emit(0, r)
	}
}

// addNoBounds appends the columns of the window for rows that are in none yet.
func addNoBounds(alloc memory.Allocator, b *operators.Batch) {
	for range 2 {
		none, values := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, b.Rows)
		clear(values)
		b.Cols = append(b.Cols[:len(b.Cols):len(b.Cols)], none)
	}
}

// addBounds appends the columns of the window that each row is in.
func addBounds(alloc memory.Allocator, b *operators.Batch, of func(row int) span) {
	starts, s := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, b.Rows)
	ends, e := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, b.Rows)
	for i := range b.Rows {
		w := of(i)
		s[i], e[i] = w.start, w.end
	}
	b.Cols = append(b.Cols[:len(b.Cols):len(b.Cols)], starts, ends)
}
