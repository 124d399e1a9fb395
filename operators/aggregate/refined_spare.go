package aggregate

import "github.com/edynamic/edynamic/operators/kept"

// spare is the memory of windows that are no more, and of what was shown of them, for
// those to come.
type spare struct {
	windows kept.Pool[refinedWindow]
	seen    kept.Pool[seen]
	// How many are in use, and how many rows came together last.
	opened, shown, arrived int
	// dead is what readers have seen and nothing needs any more once the changes at hand
	// have left.
	dead []*seen
	gone []*numbered // scratch
}

// most is how many of what so many are in use of may wait to be used again: a few more than
// rows that come together need.
func (s *spare) most(used int) int { return 256 + used + 2*s.arrived }

// openWindow makes a window that has changed.
func (f *refined) openWindow(start, end int64) *refinedWindow {
	s := &f.spare
	s.opened++
	w := s.windows.Take()
	*w = refinedWindow{start: start, end: end, changed: true, rows: w.rows[:0], shown: w.shown[:0], ghosts: w.ghosts[:0]}
	return w
}

// closeWindow takes the memory of a window that is in no list any more. What is shown of
// it has been given on, or is dead.
func (f *refined) closeWindow(w *refinedWindow) {
	s := &f.spare
	s.opened = max(0, s.opened-1) // those of a snapshot were not counted
	clear(w.shown)
	clear(w.ghosts)
	clear(w.rows)
	*w = refinedWindow{rows: few(w.rows), shown: few(w.shown), ghosts: few(w.ghosts)}
	s.windows.GiveUpTo(s.most(s.opened), w)
}

// closeGone takes the memory of what stood for a window that is no more.
func (f *refined) closeGone(w *refinedWindow) {
	f.reuse([]*numbered{w.numbered}, f.spare.most(f.spare.opened))
	f.closeWindow(w)
}

// few is an empty list, whose memory is used again where it is not large.
func few[T any](list []T) []T {
	if cap(list) > 64 {
		return nil
	}
	return list[:0]
}

// forgetShown takes what was shown of a window that readers keep as it is.
func (f *refined) forgetShown(w *refinedWindow) {
	f.spare.dead = append(append(f.spare.dead, w.shown...), w.ghosts...)
	w.shown, w.ghosts = w.shown[:0], w.ghosts[:0]
}

// bury takes the memory of what is dead.
func (f *refined) bury() {
	s := &f.spare
	most := s.most(s.shown)
	for _, is := range s.dead {
		s.shown = max(0, s.shown-1)
		is.failed = nil
		if cap(is.items) > mostText {
			is.items = nil
		}
		s.seen.GiveUpTo(most, is)
	}
	clear(s.dead)
	s.dead = s.dead[:0]
}

// mostText is the room for a text that is kept for the next.
const mostText = 1 << 10

// fresh is something to be shown.
func (f *refined) fresh() *seen {
	s := &f.spare
	s.shown++
	is := s.seen.Take()
	*is = seen{key: is.key[:0], items: is.items[:0]}
	return is
}

// drop forgets windows.
func (f *refined) drop(windows []*numbered) {
	f.flat.drop(windows)
	f.reuse(windows, f.spare.most(f.spare.opened))
}
