// Package window puts rows into windows: it adds the columns of the window's start
// and end to each row, once per window the row is in, and sends rows aside that
// are late (SEMANTICS 18 to 20 and 32).
//
// It holds nothing back and closes nothing: what works within windows does. Which
// windows a row is in depends on its time alone, and whether it is late on the
// row's own arrival watermark, never on the watermark of the operator.
package window

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Window is the operator.
type Window struct {
	spans    *spans
	lateness int64
	alloc    memory.Allocator

	late      []int32
	positions []int32 // of the rows of the result in the batch
	windows   []span  // of the rows of the result
}

// New makes the operator. Its output has the columns of its input, then
// types.WindowStart and types.WindowEnd.
func New(spec *ir.Window) (*Window, error) {
	if spec.Processing {
		return nil, errors.New("window: windows over processing time are not supported yet")
	}
	var zone *time.Location
	if spec.Zone != "" {
		var err error
		if zone, err = timefmt.LoadZone(spec.Zone); err != nil {
			return nil, fmt.Errorf("window: %w", err)
		}
	}
	w := &Window{lateness: spec.Lateness.Microseconds()}
	var err error
	switch spec.Kind {
	case "tumbling":
		w.spans, err = newTumbling(spec.Size, spec.Offset, zone)
	case "hopping":
		w.spans, err = newHopping(spec.Size, spec.Every, spec.Offset, zone)
	default:
		err = fmt.Errorf("window: %s windows are not supported yet", spec.Kind)
	}
	if err != nil {
		return nil, err
	}
	return w, nil
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
	if w.spans.end == nil {
		w.tumble(b, out)
	} else {
		w.hop(b, out)
	}
	return nil
}

// OnWatermark implements operators.Operator.
func (w *Window) OnWatermark(operators.Watermark, operators.Output) error { return nil }

// Snapshot implements operators.Operator: there is no state.
func (w *Window) Snapshot() ([]byte, error) { return nil, nil }

// Restore implements operators.Operator.
func (w *Window) Restore([]byte, operators.Mine) error { return nil }

// Close implements operators.Operator.
func (w *Window) Close() error { return nil }

// settled is the instant a window takes no more rows.
func (w *Window) settled(end int64) int64 {
	if end > math.MaxInt64-w.lateness {
		return math.MaxInt64
	}
	return end + w.lateness
}

// tumble adds the columns to the batch as it is; late rows leave its selection.
func (w *Window) tumble(b *operators.Batch, out operators.Output) {
	starts, s := kernel.NewFixed[int64](w.alloc, arrow.FixedWidthTypes.Timestamp_us, b.Rows)
	ends, e := kernel.NewFixed[int64](w.alloc, arrow.FixedWidthTypes.Timestamp_us, b.Rows)
	if b.Sel != nil {
		clear(s)
		clear(e)
	}
	var current span // no row is in this empty one
	settled := int64(math.MinInt64)
	one := func(i int) {
		t := b.Time[i]
		if t < current.start || t >= current.end {
			current = w.spans.of(t)[0]
			settled = w.settled(current.end)
		}
		s[i], e[i] = current.start, current.end
		if b.Arrival[i] >= settled {
			w.late = append(w.late, int32(i))
		}
	}
	if b.Sel == nil {
		for i := range b.Rows {
			one(i)
		}
	} else {
		for _, i := range b.Sel {
			one(int(i))
		}
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
		for _, s := range w.spans.of(b.Time[i]) {
			if b.Arrival[i] >= w.settled(s.end) {
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
		out.Emit(0, w.expand(b))
	}
}

// expand gathers the rows of the result.
func (w *Window) expand(b *operators.Batch) *operators.Batch {
	r := operators.Gather(w.alloc, b, w.positions)
	starts, s := kernel.NewFixed[int64](w.alloc, arrow.FixedWidthTypes.Timestamp_us, r.Rows)
	ends, e := kernel.NewFixed[int64](w.alloc, arrow.FixedWidthTypes.Timestamp_us, r.Rows)
	for i, span := range w.windows {
		s[i], e[i] = span.start, span.end
	}
	r.Cols = append(r.Cols, starts, ends)
	return r
}
