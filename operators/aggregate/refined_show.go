package aggregate

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// refinedChange is what readers see of a group: before, and now.
type refinedChange struct {
	cause         int32 // row of the batch, -1 for a watermark
	progress      int64
	arrival       int64 // the largest of the rows of a window of rows
	turn          int64 // changes of one are put in order
	before, after *seen
}

// rank puts the changes of one cause in order: deletes, update pairs, inserts.
func (c *refinedChange) rank() int {
	switch {
	case c.after == nil:
		return 0
	case c.before != nil:
		return 1
	}
	return 2
}

// firstEnd is the earlier of the ends that readers know of the window: the row that goes must not
// be late for what holds it.
func (c *refinedChange) firstEnd() int64 {
	if c.before != nil && c.after != nil {
		return min(c.before.end, c.after.end)
	}
	return c.row().end
}

// row is what is seen behind the change, or what was seen last.
func (c *refinedChange) row() *seen {
	if c.after != nil {
		return c.after
	}
	return c.before
}

// showAll appends the changes of windows since they were last shown. What they come to is
// known once they are settled.
func (f *refined) showAll(list []*refinedWindow, cause int32, progress int64, changes []refinedChange) []refinedChange {
	f.turn++
	before := &f.before
	before.clear()
	for _, s := range list {
		for _, g := range s.ghosts {
			before.put(f.nameOf(g), g)
		}
		for _, was := range s.shown {
			before.put(f.nameOf(was), was)
		}
		f.spare.dead = append(append(f.spare.dead, s.ghosts...), s.shown...) // once their changes have left
		clear(s.ghosts)
		s.ghosts, s.changed = s.ghosts[:0], false
	}
	for _, s := range list {
		s.shown = f.current(s)
		for _, is := range s.shown {
			was := before.take(f.nameOf(is), is.key)
			changes = append(changes, refinedChange{cause: cause, progress: progress, arrival: s.arrival, turn: f.turn, before: was, after: is})
		}
	}
	for _, was := range before.list {
		if was != nil {
			changes = append(changes, refinedChange{cause: cause, progress: progress, turn: f.turn, before: was})
		}
	}
	return changes
}

// settle computes the results that changes stand for, leaves out those that say nothing,
// and puts those of a turn in order.
func (f *refined) settle(changes []refinedChange, out operators.Output) []refinedChange {
	f.resolve()
	left := changes[:0]
	for _, c := range changes {
		was, is := c.before, c.after
		had := was != nil && was.failed == nil
		switch {
		case is != nil && is.failed != nil:
			if was == nil || had {
				out.FailGroup(is.end-1, is.failed.Code, is.failed.Reason, f.valuesOf(is))
			}
			c.after = nil
		case is != nil && had && bytes.Equal(was.items, is.items) && was.start == is.start && was.end == is.end:
			continue
		}
		if !had {
			c.before = nil
		}
		if c.before != nil || c.after != nil {
			left = append(left, c)
		}
	}
	slices.SortStableFunc(left, func(a, b refinedChange) int {
		if a.turn != b.turn {
			return cmp.Compare(a.turn, b.turn)
		}
		x, y := a.row(), b.row()
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(x.end, y.end), cmp.Compare(x.start, y.start), bytes.Compare(x.key, y.key))
	})
	return left
}

// valuesOf is the `by` values of a group as JSON.
func (f *refined) valuesOf(s *seen) string {
	by := keycode.Decode(f.a.Alloc, f.a.byTypes, 1, func(int) []byte { return s.key })
	defer releaseArrays(by)
	return group.JSON(f.a.byCols, by, 0)
}

// nameOf is what a window is known by: its start or, of a window of rows, its number.
func (f *refined) nameOf(s *seen) int64 {
	if f.numbers() {
		return s.number
	}
	return s.start
}

// binary is a number as eight bytes that sort as it does.
func binary(v int64) []byte {
	u := uint64(v) ^ 1<<63
	return []byte{byte(u >> 56), byte(u >> 48), byte(u >> 40), byte(u >> 32), byte(u >> 24), byte(u >> 16), byte(u >> 8), byte(u)}
}

// current is the rows of a window, by their keys. Their results may be pending.
func (f *refined) current(s *refinedWindow) []*seen {
	if f.picks != nil {
		return f.pickedOf(s)
	}
	if len(s.groups) == 0 {
		return s.shown[:0]
	}
	var key []byte
	if f.flat.single && len(s.shown) == 1 { // the one group has the key that it had
		key = s.shown[0].key
	}
	now := slices.Grow(s.shown[:0], len(s.groups))
	for _, g := range s.groups {
		is := f.fresh()
		if is.start, is.end, is.number = s.start, s.end, s.nth; key != nil {
			is.key = append(is.key, key...)
		} else {
			is.key = f.keyOfGroup(is.key, g)
		}
		now = append(now, is)
	}
	f.pending = append(f.pending, now...)
	if f.moments != nil {
		f.moments.take(f.state, s.groups)
	} else {
		f.compute(f.aggs, s.groups)
	}
	slices.SortFunc(now, func(a, b *seen) int { return bytes.Compare(a.key, b.key) })
	return now
}

// pickedOf is the rows of a window that are shown, by their keys.
func (f *refined) pickedOf(s *refinedWindow) []*seen {
	picked := f.picks.current(f, s)
	now := make([]*seen, 0, len(picked))
	for key, is := range picked {
		x := f.fresh()
		x.key, x.items, x.start, x.end = append(x.key, key...), append(x.items, is.items...), is.start, is.end
		now = append(now, x)
	}
	slices.SortFunc(now, func(a, b *seen) int { return bytes.Compare(a.key, b.key) })
	return now
}

// keyOfGroup appends the code of the `by` values of a group.
func (f *refined) keyOfGroup(dst []byte, g int32) []byte {
	if len(f.a.by) == 0 {
		return dst
	}
	dst = f.table.Code(dst, g)
	return dst[:len(dst)-numberCode] // the number of the window stands last
}

// numberCode is the length of the code of a window's number.
const numberCode = 9

// resolve computes what is pending.
func (f *refined) resolve() {
	if len(f.pending) > 0 {
		f.compute(f.moments.aggs, f.moments.all())
	}
}

// compute finds what is pending out of what is known at places of aggs.
func (f *refined) compute(aggs []kernel.Aggregator, places []int32) {
	r := &results{}
	f.a.compute(aggs, places, r)
	defer releaseArrays(r.made)
	items := make([]kernel.Vector, len(r.made))
	for i, arr := range r.made {
		items[i] = kernel.Vector{Type: f.a.spec.Items[i].Expr.Type(), Arr: arr}
	}
	item := keycode.Row(items, keycode.Exact)
	for i, is := range f.pending {
		if r.failed != nil && r.failed[i] != nil {
			is.failed = r.failed[i]
			continue
		}
		is.items = item(is.items, i)
	}
	clear(f.pending)
	f.pending = f.pending[:0]
}
