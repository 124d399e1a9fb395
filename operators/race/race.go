// Package race keeps all rows of a changes stream by group, in an order, for
// operators that show the first of each group: a row that is taken back makes room
// for the next one (SEMANTICS 56, 57, 73 and 74).
//
// It knows neither what is shown of a group nor under what key: the operator says
// so. Rows that are taken back and are not there are counted (SEMANTICS 72).
package race

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// Rules say how rows are told apart and what is shown of a group.
type Rules struct {
	// NewestFirst puts a row before those of equal order, not behind them.
	NewestFirst bool
	// Shown is how many of a list's first rows are shown.
	Shown func(list []*Item) int
	// Compare calls put for what differs between what was shown and what is shown now
	// of a group, in the order of the keys of the result within each kind of change.
	Compare func(old, now []*Item, put Put)
}

// Put takes a change of a row that is or was shown.
type Put func(op operators.Op, it *Item, rank int64)

// Field is the rows of all groups.
type Field struct {
	paned.Keyed
	rules   *Rules
	lists   [][]*Item
	most    []int64 // the largest arrival of each group
	known   kept.Known[Item, *Item]
	pool    *kept.Pool[Item]
	arrived int     // rows that came together last
	pending pending // nil where each change is shown
	ticked  bool
	pair    [2]int32 // scratch
	dropped []*Item  // scratch
}

// New holds no rows; what is known of those it will hold is in the memory of a pool.
func New(keyed paned.Keyed, rules *Rules, pool *kept.Pool[Item]) *Field {
	return &Field{Keyed: keyed, rules: rules, known: kept.Known[Item, *Item]{}, pool: pool}
}

// Codes write what is known of the rows of a batch; Until tells until when rows of the
// group of one can come.
type Codes struct {
	Order, Same, ID keycode.Appender
	Until           func(row int32) int64
	// Keyed: rows have a key, and a row replaces that of its key.
	Keyed bool
}

// run follows one batch.
type run struct {
	f       *Field
	b       *operators.Batch
	groups  []int32
	codes   Codes
	out     operators.Output
	changes []kept.Change
	left    []*Item
	buf     []byte
	// Of the change at hand.
	touched [2]touched
	now     []*Item
	cause   int32
	group   int32
	putting Put
}

// put appends a change of a row of the group at hand.
func (r *run) put(op operators.Op, it *Item, rank int64) {
	r.changes = append(r.changes, kept.Change{Entry: &it.Entry, Op: op, Cause: r.cause, Rank: rank, Arrival: r.f.most[r.group]})
}

// Follow applies rows of a batch, nil for all, whose groups have been found, and
// returns the changes they make. Call Drop with what it returns once the changes
// have been copied out.
func (f *Field) Follow(b *operators.Batch, sel, groups []int32, codes Codes, out operators.Output) (changes []kept.Change, left []*Item) {
	f.grow()
	r := &run{f: f, b: b, groups: groups, codes: codes, out: out}
	r.putting = r.put
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	f.arrived = part.Len()
	before := int32(-1)
	flush := func() {
		if before >= 0 {
			r.change(before, -1)
		}
		before = -1
	}
	part.Each(func(i int) {
		row, op := int32(i), operators.Insert
		if b.Ops != nil {
			op = b.Ops[i]
		}
		if op == operators.UpdateAfter && before == row-1 && before >= 0 {
			r.change(before, row)
			before = -1
			return
		}
		flush()
		switch op {
		case operators.Insert, operators.UpdateAfter:
			r.change(-1, row)
		case operators.UpdateBefore:
			before = row
		case operators.Delete:
			r.change(row, -1)
		}
	})
	flush()
	f.Fresh.Copy(f.Rows, b, true)
	if !f.ticked {
		f.removeEmpty(part, groups)
	}
	return r.changes, r.left
}

// removeEmpty forgets those groups of rows that have no rows left.
func (f *Field) removeEmpty(part operators.Batch, groups []int32) {
	var empty []int32
	part.Each(func(i int) {
		if g := groups[i]; len(f.lists[g]) == 0 {
			empty = append(empty, g)
		}
	})
	slices.Sort(empty)
	f.Remove(slices.Compact(empty), f.drop)
}

// Drop forgets rows.
func (f *Field) Drop(left []*Item) {
	for _, it := range left {
		f.dropItem(it)
	}
}

// touched is a group that a change of the input has to do with.
type touched struct {
	group int32
	old   []*Item
}

// change takes a row back and adds another; -1 is none.
func (r *run) change(sub, add int32) {
	cause := sub
	if sub < 0 {
		cause = add
	}
	groups := r.touched[:0]
	for _, row := range [2]int32{sub, add} {
		if row < 0 {
			continue
		}
		g := r.groups[row]
		if r.arrive(g, row); r.f.ticked {
			r.f.hold(g)
			continue
		}
		if !slices.ContainsFunc(groups, func(t touched) bool { return t.group == g }) {
			n := len(groups)
			groups = r.touched[:n+1]
			groups[n] = touched{g, r.f.shown(groups[n].old, g)}
		}
	}
	if sub >= 0 {
		r.takeBack(sub)
	}
	if add >= 0 {
		r.replace(add)
		r.add(add)
	}
	if r.f.ticked {
		return
	}
	if len(groups) == 2 {
		pair := r.f.pair[:]
		pair[0], pair[1] = groups[0].group, groups[1].group
		if r.f.Table.Sort(pair); pair[0] != groups[0].group {
			slices.Reverse(groups)
		}
	}
	first := len(r.changes)
	for k := range groups {
		t, row := &groups[k], cause
		if add >= 0 && r.groups[add] == t.group {
			row = add
		}
		r.compare(t, row)
	}
	for _, t := range groups {
		if len(r.f.lists[t.group]) == 0 { // a group without rows begins anew
			r.f.forget(t.group)
			if r.f.Expiry != nil {
				r.f.Expiry.Forget(t.group)
			}
		}
	}
	slices.SortStableFunc(r.changes[first:], func(a, b kept.Change) int { return cmp.Compare(rank(a.Op), rank(b.Op)) })
}

func rank(op operators.Op) int {
	switch op {
	case operators.Delete:
		return 0
	case operators.UpdateBefore, operators.UpdateAfter:
		return 1
	case operators.Insert:
	}
	return 2
}

// compare appends what has changed of what is shown of a group.
func (r *run) compare(t *touched, cause int32) {
	r.now = r.f.shown(r.now, t.group)
	r.cause, r.group = cause, t.group
	r.f.rules.Compare(t.old, r.now, r.putting)
}

// arrive notes a row of a group, which may have been forgotten before it.
func (r *run) arrive(g, row int32) {
	if r.b.Arrival == nil {
		return
	}
	if e := r.f.Expiry; e != nil {
		if e.Old(g, r.b.Arrival[row]) {
			r.left = append(r.left, r.f.lists[g]...)
			r.f.forget(g)
			e.Forget(g)
			r.out.Count(paned.CounterExpired, 1)
		}
		e.Seen(g, max(r.b.Time[row], r.codes.Until(row)))
	}
	r.f.most[g] = max(r.f.most[g], r.b.Arrival[row])
}

// takeBack removes the oldest row that the row of a batch names.
func (r *run) takeBack(row int32) {
	r.buf = r.codes.ID(r.buf[:0], int(row))
	it := r.f.find(r.groups[row], r.buf)
	if it == nil {
		r.out.Count(kept.CounterAbsent, 1)
		return
	}
	r.remove(it)
}

// remove takes a row out of the race.
func (r *run) remove(it *Item) {
	r.f.remove(it)
	if !r.f.ticked || r.f.leave(it) {
		r.left = append(r.left, it)
	}
}

// replace takes out the row of the same key: one that a stage above has forgotten, and
// begins anew, is here as long as its group is (SEMANTICS 72).
func (r *run) replace(row int32) {
	if !r.codes.Keyed {
		return
	}
	r.buf = r.codes.ID(r.buf[:0], int(row))
	if it := r.f.find(r.groups[row], r.buf); it != nil {
		r.remove(it)
	}
}

// find is the oldest row of a group that is told apart by an identity, nil for none.
func (f *Field) find(g int32, id []byte) *Item {
	found := f.known.Find(g, id)
	if found == nil || f.known.Next(found) == nil {
		return found
	}
	for _, it := range f.lists[g] {
		if bytes.Equal(it.ID(), id) {
			if found = it; !f.rules.NewestFirst {
				break
			}
		}
	}
	return found
}

// add puts a row in its place.
func (r *run) add(row int32) {
	it := r.f.pool.Take()
	it.read(r.groups[row], r.codes, int(row))
	r.f.insert(it)
	r.f.Fresh.Add(&it.Entry, row)
}

func (f *Field) grow() {
	for len(f.lists) < f.Table.Size() {
		f.lists, f.most = append(f.lists, nil), append(f.most, operators.MinTime)
	}
}

// shown is a copy of what is shown of a group, in memory that is given.
func (f *Field) shown(to []*Item, g int32) []*Item {
	list := f.lists[g]
	return append(to[:0], list[:f.rules.Shown(list)]...)
}

func (f *Field) insert(it *Item) {
	list := f.lists[it.group]
	at, _ := slices.BinarySearchFunc(list, it.Order(), func(have *Item, order []byte) int {
		if d := bytes.Compare(have.Order(), order); d < 0 || d == 0 && !f.rules.NewestFirst {
			return -1
		}
		return 1
	})
	f.lists[it.group] = slices.Insert(list, at, it)
	f.known.Add(it)
}

func (f *Field) remove(it *Item) {
	list := f.lists[it.group]
	f.lists[it.group] = slices.DeleteFunc(list, func(have *Item) bool { return have == it })
	f.known.Remove(it)
}

// forget takes the rows of a group out of the race. They are still held.
func (f *Field) forget(g int32) {
	list := f.lists[g]
	for _, it := range list {
		f.known.Remove(it)
	}
	clear(list)
	if f.lists[g] = list[:0]; cap(list) > mostSpare {
		f.lists[g] = nil
	}
	f.most[g] = operators.MinTime
}

// mostSpare is for how many rows a group without rows has room: the next one of its number
// has few as well, most often.
const mostSpare = 16

// Sweep forgets the groups that no later row can find.
func (f *Field) Sweep(watermark int64, out operators.Output) error {
	return f.Keyed.Sweep(watermark, out, f.drop)
}

func (f *Field) drop(g int32) {
	for _, it := range f.pending[g] {
		if it.Gone {
			f.dropItem(it)
		}
	}
	delete(f.pending, g)
	f.dropped = append(f.dropped[:0], f.lists[g]...)
	f.forget(g)
	f.Drop(f.dropped)
}

// dropItem forgets a row that is out of the race.
func (f *Field) dropItem(it *Item) {
	f.Rows.Drop(it.Entry.ID)
	f.recycle(it)
}

// recycle leaves an item that nobody knows any more to others: a few more than are held or
// come together, since those that only wait take memory.
func (f *Field) recycle(it *Item) {
	it.clear()
	f.pool.GiveUpTo(256+f.Rows.Len()+2*f.arrived, it)
}

// Release implements paned.State.
func (f *Field) Release() {
	for _, list := range f.lists {
		for _, it := range list {
			f.recycle(it)
		}
	}
	f.lists, f.known, f.pending = nil, nil, nil
	f.Keyed.Release()
}

// Save implements paned.State.
func (f *Field) Save(w *wire.Writer) error {
	if all, err := f.SaveApart(w); all {
		return err
	}
	f.grow()
	groups := f.Table.Save(w)
	var entries []*kept.Entry
	for _, g := range groups {
		w.Int(f.most[g])
		w.Uint(uint64(len(f.lists[g])))
		for _, it := range f.lists[g] {
			it.save(w)
			entries = append(entries, &it.Entry)
		}
	}
	if f.ticked {
		entries = f.savePending(w, groups, entries)
	}
	return f.SaveRows(w, groups, entries)
}

// Load implements paned.State.
func (f *Field) Load(r *wire.Reader, mine operators.Mine) {
	if f.LoadApart(r, mine, nil) { // what changes is never read with other columns
		if !r.Failed() {
			if err := f.resumeChanged(mine); err != nil {
				r.Fail(err)
			}
		}
		return
	}
	groups := f.Table.Load(r)
	f.grow()
	var entries []*kept.Entry
	for _, g := range groups {
		f.most[g] = r.Int()
		for range r.Len() {
			it := f.loadItem(r, g)
			f.lists[g] = append(f.lists[g], it)
			f.known.Add(it)
			entries = append(entries, &it.Entry)
		}
	}
	if f.ticked {
		entries = f.loadPending(r, groups, entries)
	}
	f.LoadRows(r, groups, entries)
	f.RemoveOthers(groups, mine, f.drop)
}
