package top

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// follow emits what each row changes among the first rows of its group. The rows
// of a group are keyed by their place.
func (t *Top) follow(b *operators.Batch, sel []int32, per []kernel.Vector, order keycode.Appender, out operators.Output) {
	s := t.alone
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	if part.Len() == 0 {
		return
	}
	s.table.Find(per, b.Rows, sel, t.groups)
	s.grow()
	f := follower{t: t, s: s, same: t.rowCode(b)}
	part.Each(func(i int) { f.one(b, int32(i), order, out) })
	// All rows that came in are copied: some changes show rows that have left since.
	rows := make([]int32, len(s.fresh))
	for i, it := range s.fresh {
		rows[i] = it.row
	}
	for i, id := range s.rows.Add(b, rows) {
		s.fresh[i].id = id
	}
	clear(s.fresh)
	s.fresh = s.fresh[:0]
	if len(f.changes) > 0 {
		ranks := make([]int64, len(f.changes))
		for i, c := range f.changes {
			f.changes[i].ID, ranks[i] = f.items[i].id, c.Rank
		}
		t.emit(s.rows.Batch(b, f.changes), ranks, out)
	}
	for _, it := range f.left {
		s.rows.Drop(it.id)
	}
}

// rowCode tells rows apart by what readers see of them.
func (t *Top) rowCode(b *operators.Batch) keycode.Appender {
	vs := make([]kernel.Vector, len(b.Cols))
	for i, c := range b.Cols {
		vs[i] = kernel.Vector{Type: t.in[i].Type, Arr: c}
	}
	return keycode.Row(vs, keycode.Exact)
}

// follower collects the changes of a batch.
type follower struct {
	t       *Top
	s       *state
	same    keycode.Appender
	changes []kept.Change
	items   []*item // of the changes
	left    []*item // no longer in the race
	buf     []byte
}

func (f *follower) one(b *operators.Batch, row int32, order keycode.Appender, out operators.Output) {
	g := f.t.groups[row]
	if b.Arrival != nil {
		if f.s.expiry.Old(g, b.Arrival[row]) {
			f.forget(g)
			out.Count("state_expired", 1)
		}
		f.s.expiry.Seen(g, b.Time[row])
		f.s.most[g] = max(f.s.most[g], b.Arrival[row])
	}
	old := slices.Clone(f.s.lists[g])
	it := f.t.offer(f.s, g, row, order)
	if it == nil {
		return
	}
	f.buf = f.same(f.buf[:0], int(row))
	it.same = string(f.buf)
	f.compare(old, f.s.lists[g], kept.Change{Cause: row, Arrival: f.s.most[g]})
	for _, was := range old {
		if was.gone {
			f.left = append(f.left, was)
		}
	}
}

// forget drops the rows of a group without a word; they stand where they were sent.
func (f *follower) forget(g int32) {
	f.left = append(f.left, f.s.lists[g]...)
	f.s.lists[g], f.s.most[g] = nil, operators.MinTime
	f.s.expiry.Forget(g)
}

// compare appends what differs place by place: deletes, then updates, then inserts.
func (f *follower) compare(old, now []*item, c kept.Change) {
	put := func(op operators.Op, list []*item, i int) {
		c.Op, c.Rank = op, f.t.rank(list, i)
		f.changes, f.items = append(f.changes, c), append(f.items, list[i])
	}
	for i := len(now); i < len(old); i++ {
		put(operators.Delete, old, i)
	}
	for i := range min(len(old), len(now)) {
		if old[i] == now[i] && f.t.rank(old, i) == f.t.rank(now, i) {
			continue
		}
		if old[i].same == now[i].same && (f.t.spec.Rank == "" || f.t.rank(old, i) == f.t.rank(now, i)) {
			continue
		}
		put(operators.UpdateBefore, old, i)
		put(operators.UpdateAfter, now, i)
	}
	for i := len(old); i < len(now); i++ {
		put(operators.Insert, now, i)
	}
}

// sweep forgets the groups that no later row can find.
func (t *Top) sweep(watermark int64, out operators.Output) {
	s := t.alone
	old := s.expiry.Due(watermark)
	if len(old) == 0 {
		return
	}
	for _, g := range old {
		for _, it := range s.lists[g] {
			s.rows.Drop(it.id)
		}
		s.lists[g], s.most[g] = nil, operators.MinTime
		s.expiry.Forget(g)
	}
	s.table.Remove(old)
	out.Count("state_expired", int64(len(old)))
}
