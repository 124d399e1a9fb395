package aggregate

import (
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// rowsShape makes windows of a number of rows, counted in canonical order (SEMANTICS
// 25). They are known by their numbers, since neither their bounds nor anything else
// in their rows tells them apart, so that a key is never forgotten.
type rowsShape struct {
	f           *refined
	size, every int64
}

// add implements shape. Nothing of a row is kept but what it counts for.
func (s *rowsShape) add(h *history, row refinedRow, i int) {
	if h.rowCount%s.every == 0 {
		h.opened++
		w := s.f.openWindow(row.t, row.t+1)
		w.numbered, w.nth, w.arrival = s.f.number(), h.opened, row.arrival
		h.windows = append(h.windows, w)
	}
	h.rowCount++
	for _, w := range h.windows {
		w.start, w.end, w.arrival = min(w.start, row.t), max(w.end, row.t+1), max(w.arrival, row.arrival)
		w.size++
		w.full, w.changed = w.size == s.size, true
		s.f.one(i, w, row)
	}
	s.f.dropRow(row.id)
}

// dropFull forgets the windows of rows that have been shown with their last row.
func (f *refined) dropFull(h *history) {
	if !slices.ContainsFunc(h.windows, func(w *refinedWindow) bool { return w.full }) {
		return
	}
	gone := f.spare.gone[:0]
	h.windows = slices.DeleteFunc(h.windows, func(w *refinedWindow) bool {
		if !w.full {
			return false
		}
		gone = append(gone, w.numbered)
		f.forgetShown(w)
		f.closeWindow(w)
		return true
	})
	f.drop(gone)
	clear(gone)
	f.spare.gone = gone
}

// takes implements shape: rows of a changes stream are not counted.
func (*rowsShape) takes(*history, refinedRow, int64) bool { return false }

// remove implements shape.
func (*rowsShape) remove(*history, refinedRow, int64) {}

// rowsOf implements shape: only aggregates show windows of rows before they are full.
func (*rowsShape) rowsOf(*history, *refinedWindow) []refinedRow { return nil }

// adopts implements shape.
func (*rowsShape) adopts(*refinedWindow, *refinedWindow) bool { return false }

// settle implements shape: a window stays until it is full.
func (*rowsShape) settle(_ *history, _ operators.Watermark, gone []*numbered) []*numbered {
	return gone
}

// next implements shape.
func (*rowsShape) next(*history) int64 { return math.MaxInt64 }

// over implements shape.
func (*rowsShape) over(*history) int64 { return math.MaxInt64 }

// lasts implements shape.
func (*rowsShape) lasts() int64 { return math.MaxInt64 }

// held implements shape.
func (*rowsShape) held(h *history) int64 {
	n := int64(0)
	for _, w := range h.windows {
		n = max(n, w.size)
	}
	return n
}
