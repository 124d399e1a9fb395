package aggregate

import (
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

// slidingShape makes sliding windows (SEMANTICS 23): one for each distinct time t of
// the rows of a key, with the rows in (t-d, t]. A row that comes changes the windows
// that end at its time or within d behind it.
//
// Rows are kept until no window that is open, or may still come, holds them. One that
// is taken back stays in the windows that had closed for the change: they are told by
// the instant from which on windows do not have the row.
type slidingShape struct {
	f    *refined
	size int64
	// derives: a window is made of the one before it, less the rows that have left.
	derives bool
	rows    []refinedRow // scratch
}

func newSlidingShape(f *refined) *slidingShape {
	s := &slidingShape{f: f, size: f.a.spec.Find.Size.Micros, derives: f.flat.single && f.a.spec.Input == nil && len(f.a.refusing) == 0}
	for _, c := range f.a.calls {
		s.derives = s.derives && c.slides() && copiesWhileSubbing(c.new())
	}
	return s
}

// copiesWhileSubbing tells that a state which rows can be taken back from is copied in
// a short time, so that it is small, too.
func copiesWhileSubbing(agg kernel.Aggregator) bool {
	if r, ok := agg.(fold.Retracting); ok {
		r.WillSub()
	}
	c, ok := agg.(fold.Copying)
	return ok && c.CanCopy()
}

// add implements shape.
func (s *slidingShape) add(h *history, row refinedRow, i int) {
	at, _ := slices.BinarySearchFunc(h.rows, row, byTimeAndSeq)
	h.rows = slices.Insert(h.rows, at, row)
	from, there := s.find(h, row.t)
	if !there {
		w := s.f.openWindow(row.t-s.size, row.t)
		w.numbered = s.f.number()
		if from == 0 || !s.derive(h, w, h.windows[from-1], row, i) {
			s.fill(h, w)
		}
		h.windows = slices.Insert(h.windows, from, w)
		s.f.inherit(h, w)
		from++
	}
	for _, w := range h.windows[from:] {
		if w.end-s.size >= row.t {
			break
		}
		w.changed = true
		if s.f.picks != nil || s.f.a.addsAnywhere() || at == len(h.rows)-1 {
			s.f.one(i, w, row)
			continue
		}
		s.rebuild(h, w)
	}
}

// derive makes a window of the one before it: with the row, and without those that are
// too old for it. false where that is no less work than to make it of its rows.
func (s *slidingShape) derive(h *history, w, before *refinedWindow, row refinedRow, i int) bool {
	f := s.f
	leaving := h.rows[firstAfter(h.rows, before.start):firstAfter(h.rows, w.start)]
	if !row.counts || !s.mayDerive(before, w.start, len(leaving)) {
		return false
	}
	own := &f.reads.own
	to := f.groupOf(own, i, w.numbered)
	for _, agg := range f.aggs {
		agg.Grow(f.table.Size())
		agg.(fold.Copying).CopyFrom(agg, before.groups[0], to)
	}
	w.numbered.rows += before.numbered.rows
	f.state.rows += before.numbered.rows
	f.single[0] = int32(i)
	f.a.add(f.state, own.in, f.single[:])
	s.takeOut(leaving, w.numbered, to)
	return true
}

// takeOut takes rows back from the one group of a window.
func (s *slidingShape) takeOut(rows []refinedRow, w *numbered, group int32) {
	f := s.f
	f.reads.eachRead(f, rows, func(from *source, rows []int32) {
		f.a.room(from.in.n)
		for _, i := range rows {
			f.a.groups[i] = group
		}
		f.a.give(f.state, from.in, rows, f.a.groups, kernel.Aggregator.Sub)
		w.rows -= int64(len(rows))
		f.state.rows -= int64(len(rows))
	})
}

// fewRows is how many rows of a window are read ahead though it may not need them.
const fewRows = 16

// needs is which of the rows that there are a window is made of that a row at an instant may
// bring.
func (s *slidingShape) needs(h *history, t int64) span {
	from, there := s.find(h, t)
	if there {
		return span{}
	}
	window := span{from: firstAfter(h.rows, t-s.size), to: firstAfter(h.rows, t)}
	if from == 0 || !s.derives {
		return window
	}
	before := h.windows[from-1]
	leaving := span{from: firstAfter(h.rows, before.start), to: window.from}
	switch {
	case window.to-leaving.from <= fewRows:
		return span{from: leaving.from, to: window.to}
	case s.mayDerive(before, t-s.size, leaving.to-leaving.from):
		return leaving
	}
	return window
}

// mayDerive tells that it is less work to make a window of the one before it than of its
// rows.
func (s *slidingShape) mayDerive(before *refinedWindow, start int64, leaving int) bool {
	return s.derives && len(before.groups) == 1 && before.end > start && int64(leaving) <= before.numbered.rows/2
}

// find is the place of the window that ends at an instant, or where it would be.
func (s *slidingShape) find(h *history, end int64) (int, bool) {
	return slices.BinarySearchFunc(h.windows, end, func(w *refinedWindow, end int64) int {
		switch {
		case w.end < end:
			return -1
		case w.end > end:
			return 1
		}
		return 0
	})
}

// rowsOf implements shape.
func (s *slidingShape) rowsOf(h *history, w *refinedWindow) []refinedRow {
	return s.appendRows(nil, h, w)
}

func (s *slidingShape) appendRows(out []refinedRow, h *history, w *refinedWindow) []refinedRow {
	for _, r := range h.rows[firstAfter(h.rows, w.start):firstAfter(h.rows, w.end)] {
		if r.gone > w.end {
			out = append(out, r)
		}
	}
	return out
}

// firstAfter is the place of the first row whose time is after an instant.
func firstAfter(rows []refinedRow, t int64) int {
	at, _ := slices.BinarySearchFunc(rows, refinedRow{t: t, seq: math.MaxInt64}, byTimeAndSeq)
	return at
}

// rebuild computes a window anew.
func (s *slidingShape) rebuild(h *history, w *refinedWindow) {
	s.f.drop([]*numbered{w.numbered})
	w.numbered = s.f.number()
	s.fill(h, w)
}

// fill adds its rows to a window.
func (s *slidingShape) fill(h *history, w *refinedWindow) {
	s.rows = s.appendRows(s.rows[:0], h, w)
	s.f.addKept(s.rows, w.numbered)
	clear(s.rows)
}

// takes implements shape: all windows that hold the row have closed for a change that
// comes when it is older than they are long.
func (s *slidingShape) takes(_ *history, row refinedRow, arrival int64) bool {
	return arrival < row.t || arrival-row.t < s.size
}

// remove implements shape.
func (s *slidingShape) remove(h *history, row refinedRow, arrival int64) {
	at, _ := slices.BinarySearchFunc(h.rows, row, byTimeAndSeq)
	h.rows[at].gone = max(arrival, row.t)
	open, _ := s.find(h, h.rows[at].gone)
	if arrival <= row.t { // no window has closed for the change
		h.rows = slices.Delete(h.rows, at, at+1)
		defer s.f.dropRow(row.id)
	}
	var left []*refinedWindow
	for _, w := range slices.Clone(h.windows[open:]) {
		if w.end-s.size >= row.t {
			break
		}
		if w.end == row.t && !s.stands(h, w) {
			left = append(left, w)
			continue
		}
		w.changed = true
		if s.f.picks != nil {
			s.f.picks.takeOut(s.f, row, w.numbered)
			continue
		}
		s.rebuild(h, w)
	}
	for _, w := range left {
		at, _ := s.find(h, w.end)
		h.windows = slices.Delete(h.windows, at, at+1)
		s.f.drop([]*numbered{w.numbered})
		s.f.leave(h, w)
		s.f.closeWindow(w)
	}
}

// stands tells that a window still has a row at its end.
func (s *slidingShape) stands(h *history, w *refinedWindow) bool {
	for _, r := range h.rows[firstAfter(h.rows, w.end-1):firstAfter(h.rows, w.end)] {
		if r.gone > w.end {
			return true
		}
	}
	return false
}

// adopts implements shape.
func (*slidingShape) adopts(w, gone *refinedWindow) bool { return w.end == gone.end }

// settle implements shape.
func (s *slidingShape) settle(h *history, w operators.Watermark, gone []*numbered) []*numbered {
	n := 0
	for n < len(h.windows) && s.f.settled(h.windows[n].end) <= w.Time {
		o := h.windows[n]
		gone = append(gone, o.numbered)
		s.f.forgetShown(o)
		s.f.closeWindow(o)
		n++
	}
	h.windows = slices.Delete(h.windows, 0, n)
	old := 0
	if w.End {
		old = len(h.rows)
	} else if w.Time >= math.MinInt64+s.size {
		old = firstAfter(h.rows, w.Time-s.size)
	}
	for _, r := range h.rows[:old] {
		h.forget(r)
		s.f.dropRow(r.id)
	}
	h.rows = slices.Delete(h.rows, 0, old)
	return gone
}

// next implements shape.
func (s *slidingShape) next(h *history) int64 {
	next := int64(math.MaxInt64)
	if len(h.windows) > 0 {
		next = s.f.settled(h.windows[0].end)
	}
	if len(h.rows) > 0 {
		next = min(next, later(h.rows[0].t, s.size))
	}
	return next
}

// over implements shape.
func (s *slidingShape) over(h *history) int64 {
	over := int64(math.MinInt64)
	if n := len(h.windows); n > 0 {
		over = s.f.settled(h.windows[n-1].end)
	}
	if n := len(h.rows); n > 0 {
		over = max(over, later(h.rows[n-1].t, s.size))
	}
	return over
}

// lasts implements shape.
func (s *slidingShape) lasts() int64 { return max(s.size, s.f.lateness) }

// held implements shape: the rows that open windows hold.
func (s *slidingShape) held(h *history) int64 {
	if len(h.windows) == 0 {
		return 0
	}
	return int64(len(h.rows) - firstAfter(h.rows, h.windows[0].start))
}

// addsAnywhere tells that rows may count in any order.
func (a *Aggregate) addsAnywhere() bool {
	return !slices.ContainsFunc(a.calls, func(c *call) bool { return !c.slides() })
}
