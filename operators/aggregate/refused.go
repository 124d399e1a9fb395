package aggregate

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/vm/kernel"
)

// An aggregate of the program may refuse a row: its module traps, or takes too long. Such
// a row goes to the error topic and counts in no call of the stage; the states are as if
// it had not come.

// apply is a way of giving rows to an aggregator.
type apply func(kernel.Aggregator, *kernel.AggCall)

// give calls the aggregators of a state for rows (nil for all) of the batch, and returns
// the rows that one of them refuses, in order.
func (a *Aggregate) give(s *state, in *input, rows, groups []int32, f apply) []operators.Failure {
	a.trying = try{a: a, s: s, in: in, groups: groups, f: f}
	return a.trying.give(rows)
}

// try is rows that calls may refuse.
type try struct {
	a      *Aggregate
	s      *state
	in     *input
	groups []int32
	f      apply
	only   func(*call) bool // the calls that get the rows, nil for all
	failed []operators.Failure
}

func (t *try) give(rows []int32) []operators.Failure {
	if refusing := t.refusing(); len(refusing) > 0 {
		t.all(refusing, rows)
		if len(t.failed) > 0 {
			rows = operators.Without(t.in.n, rows, t.failed)
		}
	}
	for i, c := range t.a.calls {
		if !c.refuses && t.wants(c) {
			t.call(i, rows)
		}
	}
	return t.failed
}

func (t *try) wants(c *call) bool { return t.only == nil || t.only(c) }

// refusing are the calls that may refuse rows.
func (t *try) refusing() []int {
	if t.only == nil {
		return t.a.refusing
	}
	return slices.DeleteFunc(slices.Clone(t.a.refusing), func(i int) bool { return !t.only(t.a.calls[i]) })
}

// call gives rows to one call.
func (t *try) call(i int, rows []int32) {
	c, ci, agg := t.a.calls[i], &t.in.calls[i], t.s.aggs[i]
	agg.Grow(t.s.table.Size())
	given := &t.a.given
	*given = kernel.AggCall{
		Alloc: t.a.Alloc, N: t.in.n, Rows: t.a.take(c, ci, t.in.n, rows), Groups: t.groups, Args: ci.args, Time: t.in.time, Number: t.in.number,
	}
	if c.refuses {
		given.OnFail = func(row int, code, reason string) {
			t.failed = append(t.failed, operators.Failure{Row: row, Code: code, Reason: reason})
		}
	}
	t.f(agg, given)
}

// all gives rows to the calls that may refuse them. Where one of several does the others
// must not have taken the row, so that all are taken back and given one by one.
func (t *try) all(refusing []int, rows []int32) {
	several := len(refusing) > 1
	for _, i := range refusing {
		if several {
			t.mark(i)
		}
		t.call(i, rows)
	}
	if len(t.failed) == 0 || !several {
		t.failed = operators.InOrder(t.failed)
		return
	}
	t.undo(refusing)
	t.failed = nil
	part := operators.Batch{Rows: t.in.n, Sel: rows}
	part.Each(func(row int) { t.one(refusing, int32(row)) })
}

// one gives a row to each call until one refuses it.
func (t *try) one(refusing []int, row int32) {
	failed := len(t.failed)
	for n, i := range refusing {
		t.mark(i)
		t.call(i, []int32{row})
		if len(t.failed) > failed {
			t.undo(refusing[:n])
			return
		}
	}
}

func (t *try) mark(i int) {
	t.s.aggs[i].Grow(t.s.table.Size())
	t.s.aggs[i].(kernel.Refusing).Mark()
}

func (t *try) undo(calls []int) {
	for _, i := range calls {
		t.s.aggs[i].(kernel.Refusing).Undo()
	}
}

// note makes a table remember the groups that the rows to come make.
func (a *Aggregate) note(t *group.Table) {
	if len(a.refusing) > 0 {
		t.Note()
	}
}

// unmade are the groups made since note whose only rows were refused: there is no such
// group. rows are those that were taken, of the groups at hand. A group that was outside of
// memory is made in the table anew, and there all the same.
func (a *Aggregate) unmade(s *state, in *input, rows []int32) []int32 {
	var gone []int32
	taken := map[int32]bool{}
	part := operators.Batch{Rows: in.n, Sel: rows}
	part.Each(func(i int) { taken[a.groups[i]] = true })
	for _, g := range s.table.Made() {
		if !taken[g] && (s.spill == nil || !s.spill.Stored(g)) {
			gone = append(gone, g)
		}
	}
	return gone
}

// count lets rows count, whose groups have been found since note. Those that are refused
// go to the error topic, and are left out of the rows that it returns.
func (a *Aggregate) count(s *state, b *operators.Batch, in *input, rows []int32, out operators.Output) []int32 {
	failed := a.add(s, in, rows)
	if len(failed) == 0 {
		return rows
	}
	out.Fail(b, failed)
	rows = operators.Without(in.n, rows, failed)
	s.forget(a.unmade(s, in, rows))
	return rows
}

// forget drops groups and what is known of them.
func (s *state) forget(groups []int32) {
	if len(groups) == 0 {
		return
	}
	if s.spill != nil {
		s.spill.Removed(groups)
	}
	for _, agg := range s.aggs {
		agg.Grow(s.table.Size())
		agg.Free(groups)
	}
	if s.live != nil {
		for _, g := range groups {
			s.live.forget(g)
		}
		s.live.changed = slices.DeleteFunc(s.live.changed, func(g int32) bool { return slices.Contains(groups, g) })
	}
	s.table.Remove(groups)
}
