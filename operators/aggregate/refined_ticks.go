package aggregate

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators/window"
)

// nextTick is the first instant after the clock at which a window shows changes: one of
// its ticks, or the end of lateness of what was shown of it, whose readers take no
// changes behind that.
func (f *refined) nextTick(w *refinedWindow) int64 {
	tick := f.ownTick(w)
	if f.numbers() {
		return tick
	}
	for _, was := range w.shown {
		tick = min(tick, f.settled(was.end))
	}
	for _, g := range w.ghosts {
		tick = min(tick, f.settled(g.end))
	}
	return tick
}

// ownTick: multiples of `every` from the start of a window up to its end, and the end of
// its lateness.
func (f *refined) ownTick(s *refinedWindow) int64 {
	end, settled := s.end, f.settled(s.end)
	if f.numbers() { // its end is not known before it is full
		end = math.MaxInt64
	}
	return window.NextTick(s.start, end, settled, f.every, f.clock, f.a.spec.Emit == "early")
}

// advance moves the clock and shows, tick by tick, what has changed.
func (f *refined) advance(to int64, changes []refinedChange) []refinedChange {
	for f.clock < to && f.next <= to {
		tick, due := f.firstTick()
		if f.next = tick; tick > to || len(due) == 0 {
			break
		}
		slices.SortStableFunc(due, func(a, b *refinedWindow) int {
			return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.start, b.start))
		})
		changes = f.showAll(due, -1, tick, changes)
		f.apart.shown(f.ticking)
		if tick == math.MaxInt64 {
			break
		}
		f.clock = max(f.clock, tick)
	}
	f.clock = max(f.clock, to)
	return changes
}

// firstTick is the next instant at which windows with changes show them, and which.
func (f *refined) firstTick() (tick int64, due []*refinedWindow) {
	tick = math.MaxInt64
	keys := f.ticking[:0] // of those
	for _, key := range f.activeKeys() {
		for _, s := range f.appendChanged(nil, f.byKey[key]) {
			switch next := f.nextTick(s); {
			case next < tick:
				tick, due, keys = next, []*refinedWindow{s}, append(keys[:0], key)
			case next == tick:
				due, keys = append(due, s), append(keys, key)
			}
		}
	}
	f.ticking = keys
	return tick, due
}

func (f *refined) activeKeys() []int32 {
	keys := slices.Sorted(maps.Keys(f.active))
	f.keys.Sort(keys)
	return keys
}

// await notes when changes of windows are due, and shows those whose last tick the
// clock has passed: of windows that only slower partitions keep open. Windows of rows
// that are full are shown with their last row.
func (f *refined) await(list []*refinedWindow, changes []refinedChange) (full []*refinedWindow, all []refinedChange) {
	var due []*refinedWindow
	for _, w := range list {
		if w.full {
			full = append(full, w)
			continue
		}
		tick := f.nextTick(w)
		if tick <= f.clock {
			due = append(due, w)
			continue
		}
		f.next = min(f.next, tick)
	}
	return full, f.showAll(due, -1, f.clock, changes)
}
