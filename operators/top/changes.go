package top

import (
	"bytes"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// follow emits what each row changes among the first rows of its group. The rows
// of a group are keyed by their place.
func (t *Top) follow(b *operators.Batch, sel []int32, per []kernel.Vector, groups []int32, order keycode.Appender, out operators.Output) error {
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	if part.Len() == 0 {
		return nil
	}
	s := t.Alone
	s.find(per, b, sel, groups)
	if err := s.Bring(b, sel, groups); err != nil {
		return err
	}
	t.Periods.Read(per, b.Rows)
	f := follower{t: t, s: s, same: paned.RowCode(b, t.in)}
	part.Each(func(i int) { f.one(b, groups[i], int32(i), order, out) })
	// All rows that came in are copied: some changes show rows that have left since.
	s.Fresh.Copy(s.Rows, b, true)
	if len(f.changes) > 0 {
		ranks := make([]int64, len(f.changes))
		for i, c := range f.changes {
			ranks[i] = c.Rank
		}
		r := s.Rows.Batch(b, f.changes)
		t.addRanks(r, ranks)
		r.Cols = t.Layout.Arrange(r.Cols)
		out.Emit(0, r)
	}
	for _, it := range t.left {
		s.Rows.Drop(it.ID)
	}
	t.recycle()
	return nil
}

// follower collects the changes of a batch.
type follower struct {
	t       *Top
	s       *state
	same    keycode.Appender
	changes []kept.Change
	old     []*item // scratch
}

func (f *follower) one(b *operators.Batch, g, row int32, order keycode.Appender, out operators.Output) {
	if b.Arrival != nil {
		if f.s.Expiry.Old(g, b.Arrival[row]) {
			f.forget(g)
			out.Count(paned.CounterExpired, 1)
		}
		f.s.Expiry.Seen(g, max(b.Time[row], f.t.Periods.Until(row)))
		f.s.most[g] = max(f.s.most[g], b.Arrival[row])
	}
	old := append(f.old[:0], f.s.lists[g]...)
	f.old = old
	it := f.t.offer(f.s, g, row, order)
	if it == nil {
		return
	}
	it.code = f.same(it.code, int(row))
	f.compare(old, f.s.lists[g], kept.Change{Cause: row, Arrival: f.s.most[g]})
	for _, was := range old {
		if was.Gone {
			f.t.left = append(f.t.left, was)
		}
	}
}

// forget drops the rows of a group without a word; they stand where they were sent.
func (f *follower) forget(g int32) {
	f.t.left = append(f.t.left, f.s.lists[g]...)
	f.s.lists[g], f.s.most[g] = nil, operators.MinTime
	f.s.Expiry.Forget(g)
}

// compare appends what differs place by place: deletes, then updates, then inserts.
func (f *follower) compare(old, now []*item, c kept.Change) {
	put := func(op operators.Op, list []*item, i int) {
		c.Entry, c.Op, c.Rank = &list[i].Entry, op, f.t.rank(list, i)
		f.changes = append(f.changes, c)
	}
	for i := len(now); i < len(old); i++ {
		put(operators.Delete, old, i)
	}
	for i := range min(len(old), len(now)) {
		if old[i] == now[i] && f.t.rank(old, i) == f.t.rank(now, i) {
			continue
		}
		if bytes.Equal(old[i].same(), now[i].same()) && (f.t.spec.Rank == "" || f.t.rank(old, i) == f.t.rank(now, i)) {
			continue
		}
		put(operators.UpdateBefore, old, i)
		put(operators.UpdateAfter, now, i)
	}
	for i := len(old); i < len(now); i++ {
		put(operators.Insert, now, i)
	}
}
