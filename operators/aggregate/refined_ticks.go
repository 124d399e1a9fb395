package aggregate

import (
	"cmp"
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
	for f.clock < to {
		_, tick, some := f.ticks.First()
		if !some || tick > to {
			break
		}
		keys := f.keysAt(tick)
		changes = f.showAll(f.dueAt(tick, keys), -1, tick, changes)
		f.apart.shown(keys)
		if tick < math.MaxInt64 {
			f.clock = max(f.clock, tick)
		}
		for _, key := range keys {
			f.tick(key)
		}
	}
	f.clock = max(f.clock, to)
	return changes
}

// keysAt are the keys whose windows show at the next tick what has changed, in order.
func (f *refined) keysAt(tick int64) []int32 {
	keys := f.ticking[:0]
	for {
		key, at, ok := f.ticks.First()
		if !ok || at > tick {
			break
		}
		f.ticks.Clear(key)
		keys = append(keys, key)
	}
	f.keys.Sort(keys)
	f.ticking = keys
	return keys
}

// dueAt are the windows of keys that show at a tick what has changed, by (end, start).
func (f *refined) dueAt(tick int64, keys []int32) []*refinedWindow {
	var due []*refinedWindow
	for _, key := range keys {
		for _, w := range f.appendChanged(nil, f.byKey[key]) {
			if f.nextTick(w) == tick {
				due = append(due, w)
			}
		}
	}
	slices.SortStableFunc(due, func(a, b *refinedWindow) int {
		return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.start, b.start))
	})
	return due
}

// tick notes when a key first shows what has changed. No other tick comes before that, however
// the clock goes on meanwhile.
func (f *refined) tick(key int32) {
	if f.every == 0 {
		return
	}
	f.changed = f.appendChanged(f.changed[:0], f.byKey[key])
	if len(f.changed) == 0 {
		f.ticks.Clear(key)
		return
	}
	first := int64(math.MaxInt64)
	for _, w := range f.changed {
		first = min(first, f.nextTick(w))
	}
	f.ticks.Set(key, first)
}

// await leaves changes of windows to their ticks, and shows those whose last tick the
// clock has passed: of windows that only slower partitions keep open. Windows of rows
// that are full are shown with their last row.
func (f *refined) await(list []*refinedWindow, changes []refinedChange) (full []*refinedWindow, all []refinedChange) {
	var due []*refinedWindow
	for _, w := range list {
		if w.full {
			full = append(full, w)
			continue
		}
		if f.nextTick(w) <= f.clock {
			due = append(due, w)
		}
	}
	return full, f.showAll(due, -1, f.clock, changes)
}
