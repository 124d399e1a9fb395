package paned

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Whole is the windows that come and close with a batch, as those of a number of rows do.
// Most hold few rows, so that one state has all of them, and the place of a window is part
// of what rows are kept by.
type Whole struct {
	at    map[window.Bounds]int32
	list  []ended
	start int // the window's columns in the input
	end   int
}

// ended is a window of the batch.
type ended struct {
	window.Bounds
	last
}

// NewWhole knows no windows yet; start and end are the window's columns in the input.
func NewWhole(start, end int) *Whole {
	return &Whole{at: map[window.Bounds]int32{}, start: start, end: end}
}

// Read finds the windows of rows of a batch (nil for all), in the order in which they come.
func (w *Whole) Read(b *operators.Batch, sel []int32) {
	clear(w.at)
	w.list = w.list[:0]
	starts, ends := w.bounds(b)
	at, last := int32(-1), -1
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	part.Each(func(i int) {
		if in := (window.Bounds{Start: starts[i], End: ends[i]}); at < 0 || w.list[at].Bounds != in {
			w.ends(at, b, last)
			var known bool
			if at, known = w.at[in]; !known {
				at = int32(len(w.list))
				w.at[in], w.list = at, append(w.list, ended{Bounds: in})
			}
		}
		last = i
	})
	w.ends(at, b, last)
}

// ends notes where a window stands whose last row is known.
func (w *Whole) ends(at int32, b *operators.Batch, row int) {
	if at >= 0 {
		w.list[at].last = lastOf(b, row)
	}
}

func (w *Whole) bounds(b *operators.Batch) (starts, ends []int64) {
	return kernel.Values[int64](b.Cols[w.start]), kernel.Values[int64](b.Cols[w.end])
}

// Bounds is the window at a place.
func (w *Whole) Bounds(place int64) window.Bounds { return w.list[place].Bounds }

// Places sets the place of each row's window in a batch of the columns of the input, 0 for
// a row that is in none.
func (w *Whole) Places(b *operators.Batch, places []int64) {
	starts, ends := w.bounds(b)
	at := int32(0)
	for i := range places {
		if in := (window.Bounds{Start: starts[i], End: ends[i]}); w.list[at].Bounds != in {
			at = w.at[in]
		}
		places[i] = int64(at)
	}
}

// Settle makes rows the results of windows, where the last row of each stands.
func (w *Whole) Settle(b *operators.Batch, places []int64) {
	if !w.list[0].timed { // the records are what rows are ordered by
		b.Time, b.Arrival, b.Progress = nil, nil, nil
		b.Refs = make([]operators.Ref, b.Rows)
		for i, at := range places {
			b.Refs[i] = w.list[at].ref
		}
		return
	}
	b.Time, b.Arrival, b.Progress = make([]int64, b.Rows), make([]int64, b.Rows), make([]int64, b.Rows)
	for i, at := range places {
		x := &w.list[at]
		b.Time[i], b.Arrival[i], b.Progress[i] = x.End-1, x.arrival, x.progress
	}
}

// Placed are the values by which rows of a batch are kept, behind the place of their window
// where one state has several. Call done when they have been used.
func (w *Windows[S]) Placed(b *operators.Batch, by []kernel.Vector) (keys []kernel.Vector, done func()) {
	if w.whole == nil {
		return by, func() {}
	}
	arr, places := kernel.NewFixed[int64](w.Alloc, arrow.PrimitiveTypes.Int64, b.Rows)
	w.whole.Places(b, places)
	return append([]kernel.Vector{{Type: types.TLong, Arr: arr}}, by...), arr.Release
}

// PlaceCode writes the place of the window of rows of a batch; nil where a state has one
// window.
func (w *Windows[S]) PlaceCode(b *operators.Batch) keycode.Appender {
	if w.whole == nil {
		return nil
	}
	places := make([]int64, b.Rows)
	w.whole.Places(b, places)
	return func(dst []byte, row int) []byte { return binary.BigEndian.AppendUint64(dst, uint64(places[row])) }
}
