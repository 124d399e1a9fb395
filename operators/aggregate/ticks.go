package aggregate

import (
	"cmp"
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/window"
)

// nextTick is the first instant after the clock at which a window shows changes:
// multiples of `every` from its start up to its end, and the end of its lateness.
func (u *updates) nextTick(start, end int64) int64 {
	settled := u.a.Panes.Settled(end)
	tick := start + u.every
	if u.clock >= start {
		tick = start + ((u.clock-start)/u.every+1)*u.every
	}
	switch {
	case tick < end:
		return tick
	case u.a.spec.Emit == "early" || u.clock >= end:
		return settled
	}
	return end
}

// untilTicks takes rows in order, in runs between which no tick is crossed.
func (u *updates) untilTicks(b *operators.Batch, in *input, out operators.Output) {
	starts, ends := u.a.Bounds(b)
	next := u.firstTick()
	run := make([]int32, 0, b.Rows)
	flush := func() {
		if len(run) > 0 {
			u.collect(b, in, run, out)
			run = run[:0]
		}
	}
	one := func(r int32) {
		if arrival := b.Arrival[r]; arrival > u.clock {
			if arrival >= next {
				flush()
				u.advance(arrival, r, out)
				next = u.firstTick()
			}
			u.clock = arrival
		}
		run = append(run, r)
		if b.Ops != nil && b.Ops[r] == operators.UpdateBefore {
			return // the row that takes its place comes next
		}
		tick := u.nextTick(starts[r], ends[r])
		if next = min(next, tick); tick <= u.clock { // of a window that only slower partitions keep open
			flush()
			u.showPassed(r, out)
			next = u.firstTick()
		}
	}
	if in.sel == nil {
		for r := range int32(b.Rows) {
			one(r)
		}
	} else {
		for _, r := range in.sel {
			one(r)
		}
	}
	flush()
}

// collect adds rows and notes which groups they have changed.
func (u *updates) collect(b *operators.Batch, in *input, rows []int32, out operators.Output) {
	if u.taken != nil {
		u.collectChanges(b, in, rows, out)
		return
	}
	u.a.Split(b, rows, func(p *window.Pane[*state], rows []int32) {
		s := p.State
		u.find(s, b, in, rows)
		failed := u.a.add(s, in, rows)
		if len(failed) > 0 {
			out.Fail(b, failed)
			s.rows -= int64(len(failed))
		}
		for _, r := range operators.Without(b.Rows, rows, failed) {
			u.note(s, b, r)
			s.live.mark(u.a.groups[r])
		}
		if len(failed) > 0 {
			u.forgetUnknown(s, b, rows)
		}
	})
}

// collectChanges takes rows back and adds others, and notes which groups they have
// changed.
func (u *updates) collectChanges(b *operators.Batch, in *input, rows []int32, out operators.Output) {
	u.a.Split(b, rows, func(p *window.Pane[*state], rows []int32) {
		s := p.State
		u.findTaken(s, b, in, rows)
		for _, round := range u.dealTurns(u.turns(b, rows), s.table.Size()) {
			for _, st := range u.apply(s, b, in, round, out) {
				s.live.mark(st.group)
			}
		}
	})
}

// separate tells groups without rows from the others.
func (u *updates) separate(s *state, groups []int32) (gone, alive []int32) {
	if u.taken == nil {
		return nil, groups
	}
	for _, g := range groups {
		if u.isEmpty(s, g) {
			gone = append(gone, g)
		} else {
			alive = append(alive, g)
		}
	}
	return gone, alive
}

// firstTick is the next instant at which a window with changes shows them.
func (u *updates) firstTick() int64 {
	next := int64(math.MaxInt64)
	for _, p := range u.a.Panes.Open() {
		if len(p.State.live.changed) > 0 {
			next = min(next, u.nextTick(p.Start, p.End))
		}
	}
	return next
}

// advance moves the clock and shows, tick by tick, what has changed. cause is the
// row that has moved it, -1 for a watermark.
func (u *updates) advance(to int64, cause int32, out operators.Output) {
	for u.clock < to {
		tick := u.firstTick()
		if tick > to || tick == math.MaxInt64 && to != math.MaxInt64 {
			break
		}
		for _, p := range u.a.Panes.Open() {
			if len(p.State.live.changed) > 0 && u.nextTick(p.Start, p.End) == tick {
				u.show(p, tick, cause, out)
			}
		}
		if tick == math.MaxInt64 {
			break
		}
		u.clock = max(u.clock, tick)
	}
	u.clock = max(u.clock, to)
}

// showPassed shows what has changed of windows whose last tick the clock has passed.
func (u *updates) showPassed(cause int32, out operators.Output) {
	for _, p := range u.a.Panes.Open() {
		if len(p.State.live.changed) > 0 && u.nextTick(p.Start, p.End) <= u.clock {
			u.show(p, u.clock, cause, out)
		}
	}
}

// show emits the changes of a window since it last did.
func (u *updates) show(p *window.Pane[*state], tick int64, cause int32, out operators.Output) {
	s := p.State
	groups := slices.Clone(s.live.changed)
	s.live.changed = s.live.changed[:0]
	for _, g := range groups {
		s.live.groups[g].changed = false
	}
	s.table.Sort(groups)
	begin := func(g int32) change {
		return change{row: cause, cause: cause, group: g, anew: s.live.groups[g].takeAnew(), start: p.Start, end: p.End, time: p.End - 1, arrival: operators.MinTime}
	}
	places := make(map[int32]int, len(groups))
	for i, g := range groups {
		places[g] = i
	}
	changes := u.found[:0]
	u.codes = u.codes[:0]
	gone, groups := u.separate(s, groups)
	for _, g := range gone {
		if l := &s.live.groups[g]; l.visible && !l.anew {
			c := begin(g)
			c.before = u.hold(l.row)
			changes = append(changes, c)
		}
		u.clear(s, g)
	}
	defer s.table.Remove(gone)
	from := len(changes)
	for i, g := range groups {
		c := begin(g)
		c.place = int32(i)
		changes = append(changes, c)
	}
	changes = u.compare(s, s.aggs, groups, changes, from, func(c *change) string {
		keys := s.table.Keys(u.a.Alloc, []int32{c.group})
		defer releaseArrays(keys)
		return group.JSON(u.a.byCols, keys, 0)
	}, out)
	u.found = changes
	slices.SortFunc(changes, func(x, y change) int { return cmp.Compare(places[x.group], places[y.group]) })
	if len(changes) == 0 {
		return
	}
	of, ops, codes := rowsOf(changes)
	rows := make([]int32, len(of))
	for i, c := range of {
		rows[i] = changes[c].group
	}
	r := u.build(changes, of, ops, codes, s.table.Keys(u.a.Alloc, rows))
	r.Time, r.Arrival, r.Progress = operators.Repeated(r.Rows, p.End-1), operators.Repeated(r.Rows, min(tick, p.End-1)), operators.Repeated(r.Rows, tick)
	out.Emit(0, r)
}
