// Package keptjoin pairs every row of one input with every row of the other that has
// its key, for as long as the key is kept (SEMANTICS 69, 131).
//
// It answers at once, row by row in canonical order. Where a side is a changes stream,
// or a row without a partner shows, the result is a changes stream: for each row of an
// input it says which results have gone and which have come (SEMANTICS 73). It never
// waits for time, and no row is late for it.
package keptjoin

import (
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/pair"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// CounterIgnored counts deletes of rows that are not there: their key has expired, or
// they never came.
const CounterIgnored = "deletes_ignored"

// Join is the operator.
type Join struct {
	*pair.Sides
	spec     *ir.Join
	inputs   [2][]types.Column
	identity [2][]int // columns that identify rows of a changes side, none for the whole row
	changes  [2]bool  // sides that are changes streams
	emitsOps bool
	keyed    bool // results are identified by keys of their rows

	ctx     *operators.Context
	table   *group.Table
	expiry  *group.Expiry
	rows    pair.Rows
	lists   [2][]list          // by group
	known   [2]map[name][]*row // rows of changes sides
	groups  []int32
	emptied []int32 // groups that may have lost their last row
	out     outcome
}

// name is what a row of a changes side goes by within its group.
type name struct {
	group int32
	code  string
}

var (
	_ operators.Parallel = (*Join)(nil)
	_ operators.Merger   = (*Join)(nil)
	_ operators.Separate = (*Join)(nil)
)

// New makes the operator for its inputs and its output.
func New(spec *ir.Join, left, right, out *types.Stream, env *operators.Env) (*Join, error) {
	j := &Join{spec: spec, inputs: [2][]types.Column{left.Columns, right.Columns},
		changes: [2]bool{left.Kind == types.Changes, right.Kind == types.Changes}, emitsOps: out.Kind == types.Changes}
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
	j.Sides, err = pair.New(&spec.Sides, left.Columns, right.Columns, out.Columns, env)
	return j, err
}

// leftOnly reports that results are rows of the left side.
func (j *Join) leftOnly() bool { return j.spec.Kind == ir.SemiJoin || j.spec.Kind == ir.AntiJoin }

// MergeInputs implements operators.Merger.
func (j *Join) MergeInputs() bool { return true }

// SeparateInputs implements operators.Separate: rows are answered in turn.
func (j *Join) SeparateInputs() bool { return false }

// Less implements operators.Parallel: nothing is emitted in OnWatermark.
func (j *Join) Less(*operators.Batch, int, *operators.Batch, int) bool { return false }

// Open implements operators.Operator.
func (j *Join) Open(ctx *operators.Context) error {
	j.ctx, j.table, j.rows = ctx, j.NewTable(), pair.NewRows(ctx)
	j.expiry = group.NewExpiry(j.spec.Keep)
	j.known = [2]map[name][]*row{{}, {}}
	return nil
}

// Process implements operators.Operator.
func (j *Join) Process(input int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil && !j.changes[input] {
		return fmt.Errorf("join: an input that only appends has changes")
	}
	n := b.Len()
	if n == 0 {
		return nil
	}
	in := j.arrive(ir.Side(input), b, out)
	for i := 0; i < n; {
		i += j.step(in, i, out)
	}
	j.out.emit(j, b, out)
	j.dropLeft()
	j.sweep()
	return nil
}

// dropLeft gives back the memory of the rows that have left.
func (j *Join) dropLeft() {
	for _, r := range j.out.left {
		j.rows[r.side].Drop(r.id)
	}
	j.out.reset()
}

// sweep forgets the keys that no row has any more.
func (j *Join) sweep() {
	slices.Sort(j.emptied)
	gone := slices.DeleteFunc(slices.Compact(j.emptied), func(g int32) bool { return !j.isEmpty(g) })
	for _, g := range gone {
		j.expiry.Forget(g)
	}
	j.table.Remove(gone)
	j.emptied = j.emptied[:0]
}

func (j *Join) isEmpty(g int32) bool { return j.lists[0][g].first == nil && j.lists[1][g].first == nil }

// batch is rows of an input with what is found out of all of them together.
type batch struct {
	*operators.Batch
	side   ir.Side
	at     []int32 // the rows that count
	fresh  []*row  // what each of them is kept as
	groups []int32 // by row
	// met are the rows of the other side that each pairs with, nil where there is no
	// condition besides equal keys.
	met [][]*row
}

// arrive keeps the rows of a batch and finds their partners as far as conditions go:
// the other side stays as it is meanwhile, but for keys that expire.
func (j *Join) arrive(side ir.Side, b *operators.Batch, out operators.Output) *batch {
	if cap(j.groups) < b.Rows {
		j.groups = make([]int32, b.Rows)
	}
	in := &batch{Batch: b, side: side, groups: j.groups[:b.Rows]}
	b.Each(func(i int) { in.at = append(in.at, int32(i)) })
	j.Find(j.table, side, b, in.groups)
	j.grow()
	ids := j.rows[side].Add(b, in.at)
	code := j.code(side, b)
	in.fresh = make([]*row, len(in.at))
	for n, i := range in.at {
		r := &row{side: side, id: ids[n], group: in.groups[i], seq: b.Base + int64(i)}
		if b.Time != nil {
			r.t, r.a = b.Time[i], b.Arrival[i]
		}
		if code != nil {
			r.code = string(code(nil, int(i)))
		}
		in.fresh[n] = r
	}
	if j.Conditional() {
		j.test(in, out)
	}
	return in
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
// key. A row that only takes another back fails in silence: that one failed before.
func (j *Join) test(in *batch, out operators.Output) {
	in.met = make([][]*row, len(in.at))
	for _, again := range []bool{false, true} {
		var pairs pair.Pairs
		var at []int64
		var of []int
		var others []*row
		for n, i := range in.at {
			if in.fresh[n].group < 0 || takesBack(in.Batch, int(i)) != again {
				continue
			}
			for o := j.lists[1-in.side][in.fresh[n].group].first; o != nil; o = o.next {
				l, r := in.fresh[n].id, o.id
				if in.side == ir.RightSide {
					l, r = r, l
				}
				pairs.Add(l, r)
				of, others = append(of, n), append(others, o)
				if in.Progress != nil {
					at = append(at, in.Progress[i])
				}
			}
		}
		report := out
		if again {
			report = nil
		}
		for k, holds := range j.Test(j.ctx.Alloc, j.rows, pairs, at, report) {
			if holds {
				in.met[of[k]] = append(in.met[of[k]], others[k])
			}
		}
	}
}

func takesBack(b *operators.Batch, i int) bool {
	return b.Ops != nil && (b.Ops[i] == operators.UpdateBefore || b.Ops[i] == operators.Delete)
}

// partners are the rows of the other side that row n pairs with now.
func (j *Join) partners(in *batch, n int) []*row {
	var out []*row
	if g := in.fresh[n].group; in.met == nil && g >= 0 {
		for o := j.lists[1-in.side][g].first; o != nil; o = o.next {
			out = append(out, o)
		}
		return out
	}
	if in.met == nil {
		return nil
	}
	for _, o := range in.met[n] {
		if !o.gone {
			out = append(out, o)
		}
	}
	return out
}

// step answers the row at n, or an update with both its rows, and says how many rows
// that was.
func (j *Join) step(in *batch, n int, out operators.Output) int {
	i := int(in.at[n])
	fresh := in.fresh[n]
	if in.Time != nil && fresh.group >= 0 {
		if j.expiry.Old(fresh.group, in.Arrival[i]) {
			if !j.isEmpty(fresh.group) {
				out.Count(paned.CounterExpired, 1)
			}
			j.forget(fresh.group)
		}
		j.expiry.Seen(fresh.group, in.Time[i])
	}
	if !takesBack(in.Batch, i) {
		c := change{cause: int32(i), fresh: fresh, freshMet: j.partners(in, n)}
		if old := j.find(fresh); old != nil && len(j.identity[in.side]) > 0 { // an insert of a key that is there
			c.old, c.oldMet = old, j.partnersOf(old)
		}
		j.apply(c)
		return 1
	}
	c := change{cause: int32(i), oldMet: j.partners(in, n)}
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
	if n+1 < len(in.at) && in.Ops[i] == operators.UpdateBefore && fresh.group >= 0 && in.fresh[n+1].group == fresh.group {
		c.fresh, c.freshMet = in.fresh[n+1], j.partners(in, n+1)
		j.apply(c)
		return 2
	}
	j.apply(c)
	return 1
}

// OnWatermark implements operators.Operator.
func (j *Join) OnWatermark(w operators.Watermark, out operators.Output) error {
	if w.End {
		return nil
	}
	for _, g := range j.expiry.Due(w.Time) {
		j.forget(g)
		j.emptied = append(j.emptied, g)
		out.Count(paned.CounterExpired, 1)
	}
	j.dropLeft()
	j.sweep()
	return nil
}

// Close implements operators.Operator.
func (j *Join) Close() error {
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
