package aggregate

import (
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/window"
)

// newTicks shows what changes of windows at their ticks.
func (u *updates) newTicks() *window.Ticked[*state] {
	changed := func(s *state) bool { return len(s.live.changed) > 0 }
	return window.NewTicked(u.a.spec.EmitEvery.Microseconds(), u.a.spec.Emit, u.a.Panes, window.Rules[*state]{Changed: changed, Show: u.show})
}

// collect adds rows and notes which groups they have changed.
func (u *updates) collect(b *operators.Batch, in *input, rows []int32, out operators.Output) {
	if u.taken != nil {
		u.collectChanges(b, in, rows, out)
		return
	}
	u.a.Split(b, rows, func(p *window.Pane[*state], rows []int32) {
		s := p.State
		if u.find(s, b, in, rows); u.err != nil {
			return
		}
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
		if u.findTaken(s, b, in, rows); u.err != nil {
			return
		}
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

// show emits the changes of a window since it last did.
func (u *updates) show(p *window.Pane[*state], tick int64, cause int32, out operators.Output) {
	s := p.State
	groups := slices.Clone(s.live.changed)
	s.live.changed = s.live.changed[:0]
	for _, g := range groups {
		if s.live.groups[g].changed = false; s.spill != nil {
			s.spill.Changed(g) // what was shown of it
		}
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
	defer func() {
		if s.spill != nil {
			s.spill.Removed(gone)
		}
		s.table.Remove(gone)
	}()
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
	r.Time, r.Arrival, r.Progress = operators.Repeated(r.Rows, p.End-1), operators.Repeated(r.Rows, window.Arrival(tick, p.End)), operators.Repeated(r.Rows, tick)
	out.Emit(0, r)
}
