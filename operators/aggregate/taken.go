package aggregate

import (
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// taken is what the operator needs to take rows of a changes stream back.
type taken struct {
	// identity tells rows apart, nil where nothing is remembered of single rows: then a
	// group only counts them.
	identity *kept.Identity
	numbers  []int64 // by row of the batch: what Sub and Add are given
	times    []int64
	// Scratch.
	one        [1]int32
	pair       [2]int32
	subs, adds []int32
	gone       []int32
	turns      []turn
	dealt      [][]turn
	id         []byte
}

// newTaken decides what must be remembered: single rows where a result depends on
// their order, where it may be refused, and where a group may be forgotten before its
// rows are taken back.
func newTaken(a *Aggregate, in []types.Column) *taken {
	if a.spec.Input == nil {
		return nil
	}
	t := &taken{}
	remembers := a.spec.Keep > 0 && a.spec.Keep != ir.KeepForever
	for _, c := range a.calls {
		// A row that was refused is not there to be taken back.
		remembers = remembers || c.ordered || c.refuses
	}
	if !remembers {
		return t
	}
	t.identity = kept.NewIdentity(a.spec.Input, in)
	return t
}

// turn is one change of the input as a group sees it: a row taken back, a row that
// comes, or both at once.
type turn struct {
	sub, add int32 // rows of the batch, -1 for none
	group    int32
	cause    int32 // the first row of the change in the batch
}

// row is a row of the turn, whose times and `by` values are those of the turn.
func (s turn) row() int32 {
	if s.add >= 0 {
		return s.add
	}
	return s.sub
}

// turns reads rows of a batch as changes. The rows of a pair in one group are one
// turn, so that nobody sees the group without either of them. Where another instance
// has the one row, the other stands next to none or to that of another pair.
func (u *updates) turns(b *operators.Batch, rows []int32) []turn {
	part := operators.Batch{Rows: b.Rows, Sel: rows}
	out := u.taken.turns[:0]
	before := int32(-1) // of a pair whose second row is to come
	part.Each(func(i int) {
		r, g := int32(i), u.a.groups[i]
		last := len(out) - 1
		op := operators.Insert
		if b.Ops != nil {
			op = b.Ops[i]
		}
		switch op {
		case operators.Insert:
			out = append(out, turn{sub: -1, add: r, group: g, cause: r})
		case operators.UpdateBefore, operators.Delete:
			out = append(out, turn{sub: r, add: -1, group: g, cause: r})
		case operators.UpdateAfter:
			switch {
			case before != r-1 || before < 0:
				out = append(out, turn{sub: -1, add: r, group: g, cause: r})
			case out[last].group == g:
				out[last].add = r
			default:
				out = append(out, turn{sub: -1, add: r, group: g, cause: before})
			}
		}
		before = -1
		if op == operators.UpdateBefore {
			before = r
		}
	})
	u.taken.turns = out
	return out
}

// dealTurns puts turns into rounds in which a group has one at most.
func (u *updates) dealTurns(turns []turn, groups int) [][]turn {
	u.round = slices.Grow(u.round[:0], groups)[:groups]
	clear(u.round)
	out := u.taken.dealt[:0]
	for _, st := range turns {
		k := int(u.round[st.group])
		u.round[st.group]++
		if k == len(out) {
			out = nextRound(out)
		}
		out[k] = append(out[k], st)
	}
	u.taken.dealt = out
	return out
}

// followChanges applies changes to a state and appends what each of them makes of
// the groups.
func (u *updates) followChanges(p *window.Pane[*state], b *operators.Batch, in *input, rows []int32, out operators.Output, changes []change) []change {
	s := p.State
	first := len(changes)
	values := func(c *change) string { return u.values(in, c.row) }
	if u.findTaken(s, b, in, rows); u.err != nil {
		return nil
	}
	for _, round := range u.dealTurns(u.turns(b, rows), s.table.Size()) {
		from := len(changes)
		for _, st := range u.apply(s, b, in, round, out) {
			c := u.stepped(p, b, st)
			if u.isEmpty(s, st.group) {
				c.place = -1
				u.free(s, st.group)
				s.live.groups[st.group].begin()
			}
			changes = append(changes, c)
		}
		changes = u.settle(s, changes, from, values, out)
	}
	changes = u.compareAll(s, changes, first, values, out)
	u.inOrderOfChanges(s, changes[first:])
	u.drop(s, b, rows)
	return changes
}

func (u *updates) stepped(p *window.Pane[*state], b *operators.Batch, st turn) change {
	c := u.caused(p, b, st.row(), st.group)
	c.cause = st.cause
	return c
}

// findTaken finds the groups of rows and what they will be told apart by.
func (u *updates) findTaken(s *state, b *operators.Batch, in *input, rows []int32) {
	part := operators.Batch{Rows: b.Rows, Sel: rows}
	if part.Len() == 0 {
		return
	}
	s.table.Find(in.keys, b.Rows, rows, u.a.groups)
	u.bring(s, b, rows)
	s.live.grow(s.table.Size())
	t := u.taken
	t.numbers = slices.Grow(t.numbers[:0], b.Rows)[:b.Rows]
	for i := range t.numbers {
		t.numbers[i] = b.Base + int64(i)
	}
	t.times = append(t.times[:0], b.Time...)
}

// apply takes rows of a round back and adds others, and returns the turns that did
// anything: a row that is not there cannot be taken back, and one that is refused goes to
// the error topic.
func (u *updates) apply(s *state, b *operators.Batch, in *input, round []turn, out operators.Output) []turn {
	subs, adds := u.taken.subs[:0], u.taken.adds[:0]
	done := round[:0]
	var code keycode.Appender
	if u.taken.identity != nil {
		code = u.taken.identity.Codes(b)
	}
	for _, st := range round {
		u.expires(s, b, st.row(), out)
		l := &s.live.groups[st.group]
		if st.sub >= 0 && !u.takeBack(l, code, st.sub, out) {
			st.sub = -1
		}
		if st.sub < 0 && st.add < 0 {
			continue
		}
		if st.sub >= 0 {
			subs = append(subs, st.sub)
		}
		if st.add >= 0 {
			adds = append(adds, st.add)
		}
		done = append(done, st)
	}
	u.taken.subs, u.taken.adds = subs, adds
	in.number = u.taken.numbers
	if b.Time != nil {
		in.time = u.taken.times
	}
	var failed []operators.Failure
	if slices.Sort(subs); len(subs) > 0 { // nil would be all rows
		failed = u.a.give(s, in, subs, u.a.groups, kernel.Aggregator.Sub)
	}
	if slices.Sort(adds); len(adds) > 0 {
		failed = append(failed, u.a.add(s, in, adds)...)
	}
	if len(failed) > 0 {
		out.Fail(b, operators.InOrder(failed))
	}
	return u.applied(s, b, done, failed, code)
}

// applied counts the rows of turns that were not refused, and returns the turns that have
// any.
func (u *updates) applied(s *state, b *operators.Batch, turns []turn, failed []operators.Failure, code keycode.Appender) []turn {
	refused := func(row int32) bool {
		_, found := slices.BinarySearchFunc(failed, int(row), func(f operators.Failure, r int) int { return cmp.Compare(f.Row, r) })
		return found
	}
	done := turns[:0]
	for _, st := range turns {
		l := &s.live.groups[st.group]
		if st.sub >= 0 && refused(st.sub) {
			u.remember(l, code, st.sub) // it is still there
			st.sub = -1
		}
		if st.add >= 0 && refused(st.add) {
			st.add = -1
		}
		if st.sub < 0 && st.add < 0 {
			continue
		}
		u.note(s, b, st.row())
		if st.sub >= 0 {
			l.rows--
			s.rows--
		}
		if st.add >= 0 {
			l.rows++
			s.rows++
			u.remember(l, code, st.add)
		}
		done = append(done, st)
	}
	return done
}

// takeBack finds the row that a row of the batch takes back.
func (u *updates) takeBack(l *shown, code keycode.Appender, row int32, out operators.Output) bool {
	if l.rows == 0 {
		out.Count(kept.CounterAbsent, 1)
		return false
	}
	if code == nil {
		return true
	}
	u.taken.id = code(u.taken.id[:0], int(row))
	known := l.members[string(u.taken.id)]
	if len(known) == 0 {
		out.Count(kept.CounterAbsent, 1)
		return false
	}
	u.taken.numbers[row] = known[0].number
	if len(u.taken.times) > 0 {
		u.taken.times[row] = known[0].time
	}
	if len(known) == 1 {
		delete(l.members, string(u.taken.id))
	} else {
		l.members[string(u.taken.id)] = known[1:]
	}
	return true
}

func (u *updates) remember(l *shown, code keycode.Appender, row int32) {
	if code == nil {
		return
	}
	if l.members == nil {
		l.members = map[string][]member{}
	}
	m := member{number: u.taken.numbers[row]}
	if len(u.taken.times) > 0 {
		m.time = u.taken.times[row]
	}
	id := string(code(nil, int(row)))
	l.members[id] = append(l.members[id], m)
}

// isEmpty reports a group that is gone because no row of it is left (SEMANTICS 76).
func (u *updates) isEmpty(s *state, g int32) bool {
	return s.live.groups[g].rows == 0 && (len(u.a.by) > 0 || u.a.Windowed())
}

// clear empties a group without rows.
func (u *updates) clear(s *state, g int32) {
	u.free(s, g)
	s.live.forget(g)
}

// free empties the aggregates of a group.
func (u *updates) free(s *state, g int32) {
	u.taken.one[0] = g
	for _, agg := range s.aggs {
		agg.Grow(s.table.Size())
		agg.Free(u.taken.one[:])
	}
}

// drop gives the numbers of the groups of rows that have no rows back.
func (u *updates) drop(s *state, b *operators.Batch, rows []int32) {
	part := operators.Batch{Rows: b.Rows, Sel: rows}
	gone := u.taken.gone[:0]
	part.Each(func(i int) {
		if g := u.a.groups[i]; u.isEmpty(s, g) {
			gone = append(gone, g)
		}
	})
	slices.Sort(gone)
	gone = slices.Compact(gone)
	u.taken.gone = gone
	if s.spill != nil {
		s.spill.Removed(gone)
	}
	s.table.Remove(gone)
}

// inOrderOfChanges puts what each change of the input makes in the order of
// SEMANTICS 73: deletes, then updates, then inserts, each by group.
func (u *updates) inOrderOfChanges(s *state, changes []change) {
	slices.SortStableFunc(changes, func(x, y change) int {
		if x.cause != y.cause {
			return int(x.cause) - int(y.cause)
		}
		if d := x.rank() - y.rank(); d != 0 || x.group == y.group {
			return d
		}
		pair := u.taken.pair[:]
		pair[0], pair[1] = x.group, y.group
		s.table.Sort(pair)
		if pair[0] == x.group {
			return -1
		}
		return 1
	})
}

// rank is the place of a change among those of one cause.
func (c *change) rank() int {
	switch {
	case c.after.nothing():
		return 0
	case c.before.nothing():
		return 2
	}
	return 1
}
