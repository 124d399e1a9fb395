package aggregate

import (
	"cmp"
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/window"
)

// sessionShape makes sessions (SEMANTICS 22). A row out of order may join sessions,
// whose rows are then deleted for those of the session they become; one that is taken
// back may divide a session again.
//
// It keeps the rows of open sessions that a late row may still come before: a session
// that gets a row before its last one, or the rows of another, is computed anew from
// them and from what the rows before them, whose place is settled, have come to. Where
// rows may be taken back all of them are kept.
type sessionShape struct {
	f    *refined
	rule window.Rule
	// Scratch of divide.
	rows       []refinedRow
	old, fresh []*refinedWindow
	gone       []*numbered
}

// add implements shape.
func (s *sessionShape) add(h *history, row refinedRow, i int) {
	if n := len(h.windows); n > 0 {
		if w := h.windows[n-1]; row.t >= w.last && !s.rule.Splits(w.start, w.last, row.t) {
			s.extend(h, w, row.t)
			w.rows, w.changed = append(w.rows, row), true
			s.f.one(i, w, row)
			return
		}
	}
	if s.f.picks != nil {
		if at := s.of(h, row); at >= 0 { // it joins nothing, and divides nothing
			w := h.windows[at]
			place, _ := slices.BinarySearchFunc(w.rows, row, byTimeAndSeq)
			w.rows, w.changed = slices.Insert(w.rows, place, row), true
			s.f.one(i, w, row)
			return
		}
	}
	from := slices.IndexFunc(h.windows, func(w *refinedWindow) bool { return w.last > row.t-s.rule.Gap })
	if from < 0 {
		s.begin(h, row, i)
		return
	}
	rows := s.rowsFrom(h, from)
	at, _ := slices.BinarySearchFunc(rows, row, byTimeAndSeq)
	s.rows = slices.Insert(rows, at, row)
	s.divide(h, from, s.rows)
}

// begin makes a session of a row behind all others.
func (s *sessionShape) begin(h *history, row refinedRow, i int) {
	w := s.f.openWindow(row.t, s.rule.End(row.t, row.t))
	w.numbered, w.last, w.rows = s.f.number(), row.t, append(w.rows, row)
	h.windows = append(h.windows, w)
	s.f.one(i, w, row)
	s.f.inherit(h, w)
}

// extend moves the end of a session, which may reach one that is no more.
func (s *sessionShape) extend(h *history, w *refinedWindow, t int64) {
	w.last, w.end = t, s.rule.End(w.start, t)
	s.f.inherit(h, w)
}

func byTimeAndSeq(x, y refinedRow) int {
	return cmp.Or(cmp.Compare(x.t, y.t), cmp.Compare(x.seq, y.seq))
}

// appendRows appends the rows of sessions that follow each other.
func appendRows(rows []refinedRow, windows []*refinedWindow) []refinedRow {
	for _, w := range windows {
		rows = append(rows, w.rows...)
	}
	return rows
}

// rowsFrom are the rows of the sessions of a key from one on, until it is called again.
func (s *sessionShape) rowsFrom(h *history, from int) []refinedRow {
	clear(s.rows)
	s.rows = appendRows(s.rows[:0], h.windows[from:])
	return s.rows
}

// takes implements shape: a session that has closed keeps its rows.
func (s *sessionShape) takes(h *history, row refinedRow, arrival int64) bool {
	at := s.of(h, row)
	return at >= 0 && arrival < s.f.settled(h.windows[at].end)
}

// of is the place of the session that holds a row, -1 for none.
func (s *sessionShape) of(h *history, row refinedRow) int {
	return slices.IndexFunc(h.windows, func(w *refinedWindow) bool { return w.start <= row.t && row.t <= w.last })
}

// remove implements shape.
func (s *sessionShape) remove(h *history, row refinedRow, _ int64) {
	from := s.of(h, row)
	if w := h.windows[from]; s.f.picks != nil && s.shorten(w, row) {
		s.f.picks.takeOut(s.f, row, w.numbered)
		s.f.dropRow(row.id)
		return
	}
	rows := slices.DeleteFunc(s.rowsFrom(h, from), func(r refinedRow) bool { return r.seq == row.seq })
	s.divide(h, from, rows)
	s.f.dropRow(row.id)
}

// shorten takes a row out of a session, false where it would start later without the row
// or be divided.
func (s *sessionShape) shorten(w *refinedWindow, row refinedRow) bool {
	last := len(w.rows) - 1
	i, _ := slices.BinarySearchFunc(w.rows, row, byTimeAndSeq)
	switch {
	case last == 0 || i == 0 && w.rows[1].t != w.start:
		return false
	case i == last:
		w.last = w.rows[i-1].t
		w.end = s.rule.End(w.start, w.last)
	case i > 0 && s.rule.Splits(w.start, w.rows[i-1].t, w.rows[i+1].t):
		return false
	}
	w.rows, w.changed = slices.Delete(w.rows, i, i+1), true
	return true
}

// divide makes the sessions of a key anew, from one of them on, of the rows that they
// hold now. Those that hold what they held stay.
func (s *sessionShape) divide(h *history, from int, rows []refinedRow) {
	old := append(s.old[:0], h.windows[from:]...)
	fresh := s.sessions(s.fresh[:0], old, rows)
	h.windows = slices.Replace(h.windows, from, len(h.windows), fresh...)
	for i, w := range fresh {
		if was := same(old, w); was != nil {
			h.windows[from+i] = was
			s.f.closeWindow(w)
			continue
		}
		s.rebuild(w)
		s.f.inherit(h, w)
	}
	gone := s.gone[:0]
	for _, o := range old {
		if !slices.Contains(h.windows[from:], o) {
			gone = append(gone, o.numbered)
			s.f.leave(h, o)
			s.f.closeWindow(o)
		}
	}
	s.f.drop(gone)
	clear(old)
	clear(fresh)
	clear(gone)
	s.old, s.fresh, s.gone = old, fresh, gone
}

// sessions appends sessions of rows, which stand behind the settled ones of old sessions.
func (s *sessionShape) sessions(out, old []*refinedWindow, rows []refinedRow) []*refinedWindow {
	var w *refinedWindow
	if len(old) > 0 && old[0].base != nil { // what is settled is settled in the first
		w = s.f.openWindow(old[0].start, 0)
		w.last, w.base, w.baseLast = old[0].baseLast, old[0].base, old[0].baseLast
		out = append(out, w)
	}
	for _, r := range rows {
		if w == nil || s.rule.Splits(w.start, w.last, r.t) {
			w = s.f.openWindow(r.t, 0)
			out = append(out, w)
		}
		w.last = r.t
		w.rows = append(w.rows, r)
	}
	for _, w := range out {
		w.end = s.rule.End(w.start, w.last)
	}
	return out
}

// same finds the session that holds the same rows as another.
func same(old []*refinedWindow, w *refinedWindow) *refinedWindow {
	for _, o := range old {
		if o.base != w.base || len(o.rows) != len(w.rows) {
			continue
		}
		if len(w.rows) == 0 || o.rows[0].seq == w.rows[0].seq && o.rows[len(o.rows)-1].seq == w.rows[len(w.rows)-1].seq {
			return o
		}
	}
	return nil
}

// rowsOf implements shape.
func (*sessionShape) rowsOf(_ *history, w *refinedWindow) []refinedRow { return w.rows }

// adopts implements shape: a session takes the place of one that it overlaps.
func (*sessionShape) adopts(w, gone *refinedWindow) bool {
	return w.start <= gone.last && gone.start <= w.last
}

// rebuild computes a session from what is settled and from its rows in order of time.
func (s *sessionShape) rebuild(w *refinedWindow) {
	w.numbered = s.f.number()
	if w.base != nil {
		s.f.copied(w.base, w.numbered)
	}
	s.f.addKept(w.rows, w.numbered)
}

// settle implements shape.
func (s *sessionShape) settle(h *history, w operators.Watermark, gone []*numbered) []*numbered {
	n := 0
	for n < len(h.windows) && s.f.settled(h.windows[n].end) <= w.Time {
		o := h.windows[n]
		if gone = append(gone, o.numbered); o.base != nil {
			gone = append(gone, o.base)
		}
		for _, r := range o.rows {
			h.forget(r)
			s.f.dropRow(r.id)
		}
		s.f.forgetShown(o)
		s.f.closeWindow(o)
		n++
	}
	if h.windows = slices.Delete(h.windows, 0, n); len(h.windows) > 0 && !w.End && s.f.identity == nil {
		s.settleRows(h.windows[0], window.Complete(w, s.rule.Lateness))
	}
	return gone
}

// settleRows lets rows that no other can come before any more count for good, where
// they are many; those of all keys do so together.
func (s *sessionShape) settleRows(w *refinedWindow, complete int64) {
	n := 0
	for n < len(w.rows) && w.rows[n].t < complete {
		n++
	}
	if n < settleAt {
		return
	}
	if w.base == nil {
		w.base = s.f.number()
	}
	for _, r := range w.rows[:n] {
		s.f.settling.rows, s.f.settling.to = append(s.f.settling.rows, r), append(s.f.settling.to, w.base)
	}
	w.baseLast, w.rows = w.rows[n-1].t, slices.Delete(w.rows, 0, n)
}

// settleAt is from how many rows on it pays to let rows count for good.
const settleAt = 64

// next implements shape.
func (s *sessionShape) next(h *history) int64 {
	w := h.windows[0]
	next := s.f.settled(w.end)
	if s.f.identity == nil && len(w.rows) >= settleAt {
		next = min(next, later(w.rows[settleAt-1].t, s.rule.Lateness+1))
	}
	return next
}

// over implements shape.
func (s *sessionShape) over(h *history) int64 {
	n := len(h.windows)
	if n == 0 {
		return math.MinInt64
	}
	return s.f.settled(h.windows[n-1].end)
}

// lasts implements shape.
func (s *sessionShape) lasts() int64 { return s.f.settled(s.rule.Gap) }

// held implements shape.
func (*sessionShape) held(h *history) int64 {
	n := int64(0)
	for _, w := range h.windows {
		n += w.numbered.rows
	}
	return n
}
