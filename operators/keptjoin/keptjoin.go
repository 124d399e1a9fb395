// Package keptjoin pairs every row of one input with every row of the other that has
// its key, for as long as the key is kept or its window is open (SEMANTICS 29, 69, 131).
//
// It answers at once, row by row in canonical order over both inputs. Where a side is a changes stream,
// or a row without a partner shows, the result is a changes stream: for each row of an
// input it says which results have gone and which have come (SEMANTICS 73). It never
// waits for time, and no row is late for it.
package keptjoin

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/pair"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// CounterIgnored counts deletes of rows that are not there: their key has expired, or
// they never came.
const CounterIgnored = "deletes_ignored"

// flushAt is the number of results after which they leave, so that rows with very many
// partners do not pile up.
const flushAt = 1 << 14

// Join is the operator.
type Join struct {
	*pair.Sides
	spec      *ir.Join
	inputs    [2][]types.Column
	pieceRows int      // see pieces.go
	identity  [2][]int // columns that identify rows of a changes side, none for the whole row
	changes   [2]bool  // sides that are changes streams
	emitsOps  bool
	keyed     bool // results are identified by keys of their rows
	timed     bool

	ctx     *operators.Context
	table   *group.Table
	spill   *spill.Groups // nil where all keys stay in memory
	apart   *apart
	expiry  *group.Expiry
	windows *windows // nil outside windows
	rows    pair.Rows
	lists   [2][]list // by group
	known   [2]known  // rows of changes sides
	pool    kept.Pool[row]
	arrived int       // rows that came together last
	met     [2][]*row // scratch: partners of the row that goes, and of the one that comes
	given   []given   // batches that wait for their answers
	groups  []int32
	valid   []int32 // scratch: rows with a key
	emptied []int32 // groups that may have lost their last row
	out     outcome
	failing asking // pairs that the condition fails for
}

type known = kept.Known[row, *row]

// The rows of a change.
const (
	oldRow = iota
	freshRow
)

var (
	_ operators.Parallel = (*Join)(nil)
	_ operators.Merger   = (*Join)(nil)
	_ operators.Separate = (*Join)(nil)
	_ operators.Spiller  = (*Join)(nil)
)

// New makes the operator for its inputs and its output.
func New(spec *ir.Join, left, right, out *types.Stream, env *operators.Env) (*Join, error) {
	j := &Join{spec: spec, pieceRows: pieceRows, inputs: [2][]types.Column{left.Columns, right.Columns},
		changes: [2]bool{left.Kind == types.Changes, right.Kind == types.Changes}, emitsOps: out.Kind == types.Changes, timed: out.Time != types.NoTime}
	for side, names := range [2][]string{spec.LeftIdentity, spec.RightIdentity} {
		for _, n := range names {
			at := operators.ColumnIndex(j.inputs[side], n)
			if at < 0 {
				return nil, fmt.Errorf("join: there is no column %q", n)
			}
			j.identity[side] = append(j.identity[side], at)
		}
	}
	j.keyed = len(j.identity[ir.LeftSide]) > 0 && (len(j.identity[ir.RightSide]) > 0 || j.leftOnly())
	var err error
	if j.Sides, err = pair.New(&spec.Sides, left.Columns, right.Columns, out.Columns, env); err != nil || !spec.Windowed {
		return j, err
	}
	j.windows, err = newWindows(spec, left.Columns, right.Columns, out.Columns)
	return j, err
}

// leftOnly reports that results are rows of the left side.
func (j *Join) leftOnly() bool { return j.spec.Kind == ir.SemiJoin || j.spec.Kind == ir.AntiJoin }

// MergeInputs implements operators.Merger.
func (j *Join) MergeInputs() bool { return true }

// SeparateInputs implements operators.Separate.
func (j *Join) SeparateInputs() bool { return true }

// Absorbs implements operators.Absorbing: kept rows have copies of their records, and where
// rows have time results have those.
func (j *Join) Absorbs() bool { return j.timed }

// Forgets implements operators.Forgetful.
func (j *Join) Forgets() bool { return true }

// Less implements operators.Parallel: results stand in the order of the rows that
// caused them.
func (j *Join) Less(a, b *operators.Batch) func(i, k int) bool {
	return func(i, k int) bool { return a.Seq[i] < b.Seq[k] }
}

// Remembers implements operators.Migrant.
func (*Join) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(2), true }

// Open implements operators.Operator.
func (j *Join) Open(ctx *operators.Context) error {
	j.ctx, j.table, j.rows = ctx, j.NewTable(), pair.NewDetachedRows(ctx)
	j.expiry = group.NewExpiry(j.spec.Keep) // no Keep is for ever, or until the window closes
	j.known = [2]known{{}, {}}
	j.shelve(ctx)
	return nil
}

// Process implements operators.Operator. Rows are answered in OnWatermark, which follows
// once those of both inputs have been given.
func (j *Join) Process(input int, b *operators.Batch, _ operators.Output) error {
	if b.Ops != nil && !j.changes[input] {
		b.Release()
		return fmt.Errorf("join: an input that only appends has changes")
	}
	j.given = append(j.given, given{b, ir.Side(input)})
	return nil
}

// given is a batch that waits for its answers.
type given struct {
	*operators.Batch
	side ir.Side
}

// number is a row's place in the canonical order over both inputs.
func (g given) number(i int) int64 {
	if g.Seq != nil {
		return g.Seq[i]
	}
	return g.Base + int64(i)
}

// OnWatermark implements operators.Operator.
func (j *Join) OnWatermark(w operators.Watermark, out operators.Output) error {
	if err := j.answer(out); err != nil || w.End {
		return err
	}
	for _, g := range j.windows.closed(w.Time) {
		j.forget(g)
		j.emptied = append(j.emptied, g)
	}
	away, err := j.awayExpired(w.Time)
	if err != nil {
		return err
	}
	due := j.expiry.Due(w.Time)
	for _, g := range due {
		j.forget(g)
		j.emptied = append(j.emptied, g)
	}
	if n := away + int64(len(due)); n > 0 {
		out.Count(paned.CounterExpired, n)
	}
	j.dropLeft()
	j.sweep()
	return nil
}

// answer answers the rows that wait, in canonical order.
func (j *Join) answer(out operators.Output) error {
	var steps []*step
	for _, g := range j.given {
		some, err := j.arrive(g)
		if err != nil {
			return err
		}
		steps = append(steps, some...)
	}
	if len(steps) == 0 {
		return nil
	}
	j.arrived = len(steps)
	slices.SortFunc(steps, func(a, b *step) int { return cmp.Compare(a.fresh.seq, b.fresh.seq) })
	j.grow()
	if j.Conditional() {
		j.test(steps, out)
	}
	for len(steps) > 0 {
		n := j.step(steps, out)
		j.beginAnew(steps[:n])
		steps = steps[n:]
		if len(j.out.rows) >= flushAt {
			j.out.emit(j, out)
		}
	}
	j.out.emit(j, out)
	if len(j.failing.steps) > 0 {
		j.failing.ask(j, &inPlace{out, j.failing.seqs})
		j.failing = asking{}
	}
	for _, g := range j.given {
		g.Release()
	}
	j.given = j.given[:0]
	j.dropLeft()
	j.sweep()
	return nil
}

// lease is that of the batches that wait, which results without time refer to.
func (j *Join) lease() *operators.Lease {
	batches := make([]*operators.Batch, len(j.given))
	for i, g := range j.given {
		batches[i] = g.Batch
	}
	return operators.JoinLeases(batches)
}

// dropLeft gives back the memory of the rows that have left.
func (j *Join) dropLeft() {
	for _, r := range j.out.left {
		j.rows[r.side].Drop(r.id)
		j.recycle(r)
	}
	j.out.reset()
}

// recycle leaves a row that nobody knows any more to others: a few more than are held or
// come together, since those that only wait take memory.
func (j *Join) recycle(r *row) {
	held := j.rows[ir.LeftSide].Len() + j.rows[ir.RightSide].Len()
	r.clear()
	j.pool.GiveUpTo(256+held+2*j.arrived, r)
}

// beginAnew lets keys without a row begin anew: the largest time that is stored of them
// is that of none.
func (j *Join) beginAnew(steps []*step) {
	for _, s := range steps {
		if g := s.fresh.group; g >= 0 && j.isEmpty(g) {
			j.forgetTime(g)
			j.emptied = append(j.emptied, g)
		}
	}
}

// sweep forgets the keys that no row has any more.
func (j *Join) sweep() {
	slices.Sort(j.emptied)
	gone := slices.DeleteFunc(slices.Compact(j.emptied), func(g int32) bool { return !j.isEmpty(g) })
	for _, g := range gone {
		j.forgetTime(g)
	}
	j.removed(gone)
	j.table.Remove(gone)
	j.emptied = j.emptied[:0]
}

func (j *Join) isEmpty(g int32) bool { return j.lists[0][g].first == nil && j.lists[1][g].first == nil }

// step is a row that waits for its answer.
type step struct {
	given
	i     int
	fresh *row // what it is kept as
	// met are the rows of the other side that it may pair with by a condition besides
	// equal keys; nil where there is none.
	met []*row
	// failed are those the condition fails for.
	failed []*row
}

func (s *step) takesBack() bool {
	return s.Ops != nil && (s.Ops[s.i] == operators.UpdateBefore || s.Ops[s.i] == operators.Delete)
}

// updatedBy reports that a row and the next one are the two of an update, with one key.
func (s *step) updatedBy(next *step) bool {
	return s.Ops[s.i] == operators.UpdateBefore && next.fresh.seq == s.fresh.seq+1 && next.side == s.side &&
		s.fresh.group >= 0 && next.fresh.group == s.fresh.group
}

// arrive keeps the rows of a batch.
func (j *Join) arrive(g given) ([]*step, error) {
	if cap(j.groups) < g.Rows {
		j.groups = make([]int32, g.Rows)
	}
	groups := j.groups[:g.Rows]
	var at []int32
	g.Each(func(i int) { at = append(at, int32(i)) })
	j.Find(j.table, g.side, g.Batch, groups)
	if err := j.bring(g.Batch, groups); err != nil {
		return nil, err
	}
	ids := j.rows[g.side].Add(j.Lean(g.side, g.Batch), at)
	code := j.code(g.side, g.Batch)
	bounds := j.windows.of(g)
	steps := make([]step, len(at))
	out := make([]*step, len(at))
	for n, i := range at {
		r := j.pool.Take()
		r.side, r.id, r.group, r.seq = g.side, ids[n], groups[i], g.number(int(i))
		if g.Time != nil {
			r.t, r.a = g.Time[i], g.Arrival[i]
		}
		if bounds != nil {
			r.start, r.end = bounds(int(i))
		}
		if code != nil {
			r.code = code(r.code, int(i))
		}
		steps[n] = step{given: g, i: int(i), fresh: r}
		out[n] = &steps[n]
	}
	return out, nil
}

// code writes what rows of a side are known by; nil for a side that only appends.
func (j *Join) code(side ir.Side, b *operators.Batch) keycode.Appender {
	switch {
	case !j.changes[side]:
		return nil
	case len(j.identity[side]) == 0:
		return paned.RowCode(b, j.inputs[side])
	}
	var vs []kernel.Vector
	for _, at := range j.identity[side] {
		vs = append(vs, kernel.Vector{Type: j.inputs[side][at].Type, Arr: b.Cols[at]})
	}
	return keycode.Row(vs, keycode.Key)
}

// test evaluates the condition for every row and every row of the other side with its
// key that may be there when its turn comes. A row that only takes another back fails
// in silence: that one failed before.
func (j *Join) test(steps []*step, out operators.Output) {
	coming := [2]map[int32][]*row{{}, {}}
	var asked, again asking
	for _, s := range steps {
		s.met = []*row{}
		g := s.fresh.group
		if g < 0 {
			continue
		}
		to := &asked
		if s.takesBack() {
			to = &again
		} else {
			coming[s.side][g] = append(coming[s.side][g], s.fresh)
		}
		for o := j.lists[1-s.side][g].first; o != nil; o = o.next {
			to.add(s, o)
		}
		for _, o := range coming[1-s.side][g] {
			to.add(s, o)
		}
	}
	asked.ask(j, &noted{out, &asked})
	again.ask(j, nil)
}

// noted remembers for which pairs the condition fails. Whether they are pairs when their
// turn comes is not known yet.
type noted struct {
	operators.Output
	a *asking
}

// Fail implements operators.Output.
func (o *noted) Fail(_ *operators.Batch, rows []operators.Failure) {
	for _, f := range rows {
		s := o.a.steps[f.Row]
		s.failed = append(s.failed, o.a.others[f.Row])
	}
}

// asking is pairs of rows to be tested together.
type asking struct {
	pairs  pair.Pairs
	at     []int64
	seqs   []int64
	steps  []*step
	others []*row
}

func (a *asking) add(s *step, o *row) {
	l, r := s.fresh.id, o.id
	if s.side == ir.RightSide {
		l, r = r, l
	}
	a.pairs.Add(l, r)
	a.steps, a.others, a.seqs = append(a.steps, s), append(a.others, o), append(a.seqs, s.fresh.seq)
	if s.Progress != nil {
		a.at = append(a.at, s.Progress[s.i])
	}
}

func (a *asking) ask(j *Join, out operators.Output) {
	for k, holds := range j.Test(j.ctx.Alloc, j.rows, a.pairs, a.at, out) {
		if holds {
			a.steps[k].met = append(a.steps[k].met, a.others[k])
		}
	}
}

// inPlace sends the pairs that fail to the error topic in the place of the row that came
// last, as results leave: their left rows, whose records they have, may have come before.
type inPlace struct {
	operators.Output
	seqs []int64 // by pair
}

// Fail implements operators.Output.
func (o *inPlace) Fail(b *operators.Batch, rows []operators.Failure) {
	moved := *b
	moved.Seq, moved.Refs = o.seqs, slices.Clone(b.Refs)
	for i := range moved.Refs {
		moved.Refs[i].Joined = true
	}
	o.Output.Fail(&moved, rows)
}

// partners are the rows of the other side that a row pairs with now; the answer holds until
// the next one of that row of the change.
func (j *Join) partners(s *step, of int) []*row {
	out := j.met[of][:0]
	if g := s.fresh.group; s.met == nil && g >= 0 {
		for o := j.lists[1-s.side][g].first; o != nil; o = o.next {
			out = append(out, o)
		}
	}
	for _, o := range s.met {
		if o.there {
			out = append(out, o)
		}
	}
	j.met[of] = out
	return out
}

// note keeps the pairs that the condition fails for now that the turn of the row has come.
func (j *Join) note(s *step) {
	for _, o := range s.failed {
		if o.there {
			j.failing.add(s, o)
		}
	}
}

// step answers the first row, or an update with both its rows, and says how many rows
// that was.
func (j *Join) step(steps []*step, out operators.Output) int {
	s := steps[0]
	fresh := s.fresh
	if s.Time != nil && fresh.group >= 0 {
		if j.expiry.Old(fresh.group, fresh.a) {
			if !j.isEmpty(fresh.group) {
				out.Count(paned.CounterExpired, 1)
			}
			j.forget(fresh.group)
		}
		j.expiry.Seen(fresh.group, fresh.t)
		j.windows.see(fresh)
	}
	if !s.takesBack() {
		j.note(s)
		c := change{cause: s, fresh: fresh, freshMet: j.partners(s, freshRow)}
		if old := j.find(fresh); old != nil && len(j.identity[s.side]) > 0 { // an insert of a key that is there
			c.old, c.oldMet = old, j.partnersOf(old)
		}
		j.apply(c)
		return 1
	}
	c := change{cause: s, oldMet: j.partners(s, oldRow)}
	j.out.left = append(j.out.left, fresh)
	if c.old = j.find(fresh); c.old == nil {
		if fresh.group >= 0 {
			out.Count(CounterIgnored, 1)
			return 1
		}
		c.old = fresh // a key with a null has no partner, so nothing was kept of it
	}
	// Both rows of an update are one change where they have one key: else they may be
	// answered by different instances.
	if len(steps) > 1 && s.updatedBy(steps[1]) {
		j.note(steps[1])
		c.fresh, c.freshMet = steps[1].fresh, j.partners(steps[1], freshRow)
		j.apply(c)
		return 2
	}
	j.apply(c)
	return 1
}

// Close implements operators.Operator.
func (j *Join) Close() error {
	for _, g := range j.given {
		g.Release()
	}
	if j.ctx != nil {
		j.rows.Release()
	}
	return nil
}

// idOf is the name of a kept row, -1 for none.
func idOf(r *row) kept.ID {
	if r == nil {
		return -1
	}
	return r.id
}
