// Package upserts keeps the last row of each key and says what each row changes of
// it: an insert of a key that is there is an update, a delete of one that is not is
// ignored and counted (SEMANTICS 72 and 79).
//
// It makes a changes stream of rows that only come, of the rows that enter an upsert
// topic from several writers, and of a changes stream whose keys may come back after
// they were forgotten, or of those of its rows that a stage lets through. The last row wins, whatever its time; a row equal to the one
// before it is not sent again.
package upserts

import (
	"bytes"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// Upserts is the operator.
type Upserts struct {
	paned.Stage[*state]
	paned.Grouping
	spec *ir.Upserts
	// settles: the rows are a changes stream's, and what is forgotten here after a keep
	// is known above, so that its changes go on as they come.
	settles bool
	delete  operators.Cond // nil: no row deletes
	in      []types.Column
	pool    kept.Pool[item]
	// Scratch of a batch.
	changes []kept.Change
	left    []*item
	empty   []int32
}

// state is the last row of each key.
type state struct {
	paned.Keyed
	list []*item // by group, nil for none
	pool *kept.Pool[item]
	in   []types.Column
}

type item struct {
	kept.Entry
	arrival int64  // the largest of the key
	same    []byte // the row's own code
}

var (
	_ operators.Parallel = (*Upserts)(nil)
	_ operators.Spiller  = (*Upserts)(nil)
)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Upserts, in, out []types.Column, env *operators.Env) (*Upserts, error) {
	u := &Upserts{spec: spec, in: in, settles: spec.Keep != 0}
	var err error
	if spec.DeleteWhen != nil {
		if u.delete, err = env.Cond(spec.DeleteWhen, in); err != nil {
			return nil, err
		}
	}
	edges := paned.Spec{Stage: "upserts", In: in, Made: in, Out: out}
	if u.Grouping, err = paned.NewGrouping(spec.By, edges, env); err != nil {
		return nil, err
	}
	u.Stage, err = paned.NewStage(edges, u.newState)
	return u, err
}

func (u *Upserts) newState() *state {
	s := &state{Keyed: u.NewExpiring(u.Ctx, u.spec.Keep), pool: &u.pool, in: u.in}
	s.Shelve(u.Ctx, u.in, contents{s})
	return s
}

// Remembers implements operators.Migrant.
func (*Upserts) Remembers() ([]operators.Remembered, bool) {
	return operators.RememberedInputs(1), true
}

// Process implements operators.Operator.
func (u *Upserts) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	rows := &operators.Rows{Alloc: u.Alloc, Batch: b, Sel: b.Sel}
	by := rows.All(u.By)
	defer operators.ReleaseAll(by)
	var deletes []int32
	if u.delete != nil {
		var failed []operators.Failure
		deletes, failed = u.delete.Select(u.Alloc, b.Cols, b.Rows, rows.Sel)
		rows.Fail(failed)
	}
	rows.Report(out)
	r := &run{u: u, s: u.Alone, b: b, groups: u.Groups(b.Rows), out: out, changes: u.changes[:0], left: u.left[:0]}
	err := r.follow(rows.Sel, by, deletes)
	clear(r.changes)
	clear(r.left)
	u.changes, u.left = r.changes, r.left
	return err
}

// run follows one batch.
type run struct {
	u       *Upserts
	s       *state
	b       *operators.Batch
	groups  []int32
	out     operators.Output
	same    func(dst []byte, row int) []byte
	buf     []byte
	changes []kept.Change
	left    []*item
}

func (r *run) follow(sel []int32, by []kernel.Vector, deletes []int32) error {
	r.s.Find(by, r.b, sel, r.groups)
	if err := r.s.Bring(r.b, sel, r.groups); err != nil {
		return err
	}
	r.s.grow()
	r.same = paned.RowCode(r.b, r.u.in)
	part := operators.Batch{Rows: r.b.Rows, Sel: sel}
	before := int32(-1) // of a pair whose second row is to come
	part.Each(func(i int) {
		row, op := int32(i), operators.Insert
		if r.b.Ops != nil {
			op = r.b.Ops[i]
		}
		if len(deletes) > 0 && deletes[0] == row {
			deletes, op = deletes[1:], operators.Delete
		}
		if before >= 0 && !(op == operators.UpdateAfter && before == row-1 && r.groups[before] == r.groups[row]) {
			r.take(before, -1, operators.Delete) // the key of the row has changed, or the pair ends here
			before = -1
		}
		if op == operators.UpdateBefore {
			before = row
			return
		}
		r.take(row, before, op)
		before = -1
	})
	if before >= 0 {
		r.take(before, -1, operators.Delete)
	}
	r.s.Fresh.Copy(r.s.Rows, r.b, true)
	if len(r.changes) > 0 {
		out := r.s.Rows.Batch(r.b, r.changes)
		out.Cols = r.u.Layout.Arrange(out.Cols)
		r.out.Emit(0, out)
	}
	for _, it := range r.left {
		r.s.Rows.Drop(it.ID)
		r.u.pool.Give(it)
	}
	r.u.empty = r.s.removeEmpty(part, r.groups, r.u.empty[:0])
	return nil
}

// take makes a row the last of its key, or deletes the row there is, and where it was
// refused only one that is remembered. before is the row that it replaces where it came
// with one, else -1.
func (r *run) take(row, before int32, op operators.Op) {
	g := r.groups[row]
	arrival := r.arrive(g, row)
	was := r.s.list[g]
	if was != nil {
		arrival = max(arrival, was.arrival)
	}
	put := func(it *item, op operators.Op) {
		r.changes = append(r.changes, kept.Change{Entry: &it.Entry, Op: op, Cause: row, Arrival: arrival})
	}
	if was == nil && r.u.settles && op == operators.Delete {
		was = r.forgotten(row)
	} else if was == nil && r.u.settles && before >= 0 {
		was = r.forgotten(before)
	}
	if op == operators.Delete || op == operators.Refused {
		r.s.Expiry.Forget(g) // a key without a row begins anew
		if was == nil {
			if op == operators.Delete {
				r.out.Count(kept.CounterAbsent, 1)
			}
			return
		}
		put(was, operators.Delete)
		r.left, r.s.list[g] = append(r.left, was), nil
		return
	}
	r.buf = r.same(r.buf[:0], int(row))
	if was != nil && bytes.Equal(was.same, r.buf) && r.s.list[g] == was {
		was.arrival = arrival
		return
	}
	it := r.remember(row, arrival)
	r.s.list[g] = it
	if was == nil {
		put(it, operators.Insert)
		return
	}
	put(was, operators.UpdateBefore)
	put(it, operators.UpdateAfter)
	r.left = append(r.left, was)
}

// forgotten is the row of a key that was forgotten here and not above, which says now
// what became of it: the stages below may have it still.
func (r *run) forgotten(row int32) *item {
	r.buf = r.same(r.buf[:0], int(row))
	return r.remember(row, operators.MinTime)
}

// remember makes an item of a row whose code is in buf.
func (r *run) remember(row int32, arrival int64) *item {
	it := r.u.pool.Take()
	*it = item{arrival: arrival, same: append(it.same[:0], r.buf...)}
	r.s.Fresh.Add(&it.Entry, row)
	return it
}

// arrive notes a row of a key, which may have been forgotten before it, and returns
// its arrival.
func (r *run) arrive(g, row int32) int64 {
	if r.b.Arrival == nil {
		return operators.MinTime
	}
	s := r.s
	if s.Expiry.Old(g, r.b.Arrival[row]) {
		if s.list[g] != nil {
			r.left, s.list[g] = append(r.left, s.list[g]), nil
		}
		s.Expiry.Forget(g)
		r.out.Count(paned.CounterExpired, 1)
	}
	s.Expiry.Seen(g, r.b.Time[row])
	return r.b.Arrival[row]
}

func (s *state) grow() {
	for len(s.list) < s.Table.Size() {
		s.list = append(s.list, nil)
	}
}

// removeEmpty forgets those keys of rows that hold no row, and returns them.
func (s *state) removeEmpty(part operators.Batch, groups, empty []int32) []int32 {
	part.Each(func(i int) {
		if g := groups[i]; s.list[g] == nil {
			empty = append(empty, g)
		}
	})
	slices.Sort(empty)
	empty = slices.Compact(empty)
	s.Remove(empty, s.drop)
	return empty
}

// drop forgets the row of a key.
func (s *state) drop(g int32) {
	if it := s.list[g]; it != nil {
		s.Rows.Drop(it.ID)
		s.list[g] = nil
		s.pool.Give(it)
	}
}

// OnWatermark implements operators.Operator.
func (u *Upserts) OnWatermark(w operators.Watermark, out operators.Output) error {
	if w.End {
		return nil
	}
	return u.Alone.Sweep(w.Time, out, u.Alone.drop)
}

// Save implements paned.State.
func (s *state) Save(w *wire.Writer) error {
	if all, err := s.SaveApart(w); all {
		return err
	}
	groups := s.Table.Save(w)
	entries := make([]*kept.Entry, len(groups))
	for i, g := range groups {
		it := s.list[g]
		w.Int(it.arrival)
		w.Bytes(it.same)
		entries[i] = &it.Entry
	}
	return s.SaveRows(w, groups, entries)
}

// Load implements paned.State.
func (s *state) Load(r *wire.Reader, mine operators.Mine) {
	if s.LoadApart(r, mine, s.recode) {
		return
	}
	groups := s.Table.Load(r)
	s.grow()
	entries := make([]*kept.Entry, len(groups))
	for i, g := range groups {
		it := &item{arrival: r.Int(), same: slices.Clone(r.Bytes())}
		s.list[g], entries[i] = it, &it.Entry
	}
	if s.LoadRows(r, groups, entries); !r.Failed() {
		s.Recode(entries, s.in, func(i int, code []byte) { s.list[groups[i]].same = slices.Clone(code) })
	}
	s.RemoveOthers(groups, mine, s.drop)
}
