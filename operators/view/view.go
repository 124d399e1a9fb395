// Package view folds the rows of each key into a state, in the order they come
// (SEMANTICS 81): a changes stream of the states.
//
// No row is late for it. A row for which a reducer fails leaves the state as it was,
// and goes to the error topic. The rows of one key follow each other; those of
// different keys are taken together, in rounds in which a key has one row at most.
package view

import (
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// View is the operator.
type View struct {
	kept.Order
	spec     *ir.View
	keys     []operators.Eval
	keyTypes []*types.Type
	init     []operators.Eval
	types    []*types.Type // of the state
	reducers []reducer
	layout   operators.Layout

	ctx    *operators.Context
	first  []byte // the state before the first row of a key
	table  *group.Table
	expiry *group.Expiry
	states []state // by key
	groups []int32
	fold   fold // scratch
	seen   []int32
	dealt  [][]int32
}

// reducer is a reducer, compiled.
type reducer struct {
	when operators.Cond // nil for all rows
	set  []operators.Eval
	at   []int // the variables that are set
	del  bool
}

// state is what is known of a key.
type state struct {
	code    []byte // of its variables, marked; none where it is empty
	arrival int64  // the largest of its rows
}

// begin forgets what is known.
func (s *state) begin() { s.code, s.arrival = s.code[:0], operators.MinTime }

var _ operators.Parallel = (*View)(nil)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.View, in, out []types.Column, env *operators.Env) (*View, error) {
	v := &View{spec: spec}
	var made []types.Column
	var keys []ir.Expr
	for _, k := range spec.Keys {
		keys = append(keys, k.Expr)
		v.keyTypes = append(v.keyTypes, k.Expr.Type())
		made = append(made, types.Column{Name: k.Name, Type: k.Expr.Type()})
	}
	all := in[:len(in):len(in)]
	for _, s := range spec.States {
		e, err := env.Expr(s.Init, nil)
		if err != nil {
			return nil, err
		}
		v.init, v.types = append(v.init, e), append(v.types, s.T)
		made = append(made, types.Column{Name: s.Name, Type: s.T})
		all = append(all, types.Column{Name: ir.StateColumn(s.Name), Type: s.T})
	}
	var err error
	if v.keys, err = env.Exprs(keys, in); err != nil {
		return nil, err
	}
	if v.layout, err = operators.NewLayout(out, made); err != nil {
		return nil, err
	}
	for i := range spec.Reducers {
		r, err := v.reducer(&spec.Reducers[i], all, env)
		if err != nil {
			return nil, err
		}
		v.reducers = append(v.reducers, r)
	}
	v.Order = kept.NewOrder(keys, out, false)
	v.table, v.expiry = group.New(v.keyTypes), group.NewExpiry(spec.Keep)
	return v, nil
}

// Remembers implements operators.Migrant: only the variables are remembered.
func (*View) Remembers() ([]operators.Remembered, bool) { return nil, true }

func (v *View) reducer(spec *ir.Reducer, all []types.Column, env *operators.Env) (reducer, error) {
	r := reducer{del: spec.Delete}
	var err error
	if spec.When != nil {
		if r.when, err = env.Cond(spec.When, all); err != nil {
			return r, err
		}
	}
	for _, it := range spec.Set {
		i := slices.IndexFunc(v.spec.States, func(s ir.StateVar) bool { return s.Name == it.Name })
		if i < 0 {
			return r, fmt.Errorf("view: there is no state %q", it.Name)
		}
		e, err := env.Expr(it.Expr, all)
		if err != nil {
			return r, err
		}
		r.set, r.at = append(r.set, e), append(r.at, i)
	}
	return r, nil
}

// Keys implements operators.Parallel: the rows of a key are of one instance.
func (v *View) Keys(int) []ir.Expr {
	keys := make([]ir.Expr, len(v.spec.Keys))
	for i, k := range v.spec.Keys {
		keys[i] = k.Expr
	}
	return keys
}

// Open implements operators.Operator.
func (v *View) Open(ctx *operators.Context) error {
	v.ctx = ctx
	one := &operators.Batch{Rows: 1}
	rows := &operators.Rows{Alloc: ctx.Alloc, Batch: one}
	vs := rows.All(v.init)
	defer operators.ReleaseAll(vs)
	if len(rows.Failed) > 0 {
		return errors.New("view: a state cannot begin: " + rows.Failed[0].Reason)
	}
	v.first = marked(nil, keycode.Row(vs, keycode.Exact), 0)
	return nil
}

// marked appends the code of a state, which is never empty.
func marked(dst []byte, code keycode.Appender, row int) []byte {
	return append(code(append(dst, '.'), row), '.')
}

func unmarked(code []byte) []byte { return code[1 : len(code)-1] }

// Process implements operators.Operator.
func (v *View) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil {
		return errors.New("view: rows are taken back that were said to stay")
	}
	rows := &operators.Rows{Alloc: v.ctx.Alloc, Batch: b, Sel: b.Sel}
	keys := rows.All(v.keys)
	defer operators.ReleaseAll(keys)
	part := operators.Batch{Rows: b.Rows, Sel: rows.Sel}
	v.groups = slices.Grow(v.groups[:0], b.Rows)[:b.Rows]
	if part.Len() > 0 {
		v.table.Find(keys, b.Rows, rows.Sel, v.groups)
	}
	for len(v.states) < v.table.Size() {
		v.states = append(v.states, state{arrival: operators.MinTime})
	}
	f := &v.fold
	f.begin(v, b, out)
	for _, round := range v.rounds(part) {
		rows.Failed = append(rows.Failed, f.round(round)...)
	}
	rows.Report(out)
	f.emit(keys)
	v.removeEmpty(part)
	return nil
}

// rounds deals rows out so that no key is twice in a round.
func (v *View) rounds(part operators.Batch) [][]int32 {
	v.seen = slices.Grow(v.seen[:0], v.table.Size())[:v.table.Size()]
	clear(v.seen)
	out := v.dealt[:0]
	part.Each(func(i int) {
		g := v.groups[i]
		k := int(v.seen[g])
		v.seen[g]++
		if k == len(out) {
			if out = slices.Grow(out, 1)[:k+1]; out[k] != nil {
				out[k] = out[k][:0]
			}
		}
		out[k] = append(out[k], int32(i))
	})
	v.dealt = out
	return out
}

// removeEmpty forgets those keys of rows that have no state.
func (v *View) removeEmpty(part operators.Batch) {
	var empty []int32
	part.Each(func(i int) {
		if g := v.groups[i]; len(v.states[g].code) == 0 {
			empty = append(empty, g)
		}
	})
	slices.Sort(empty)
	v.forget(slices.Compact(empty))
}

// forget forgets keys.
func (v *View) forget(groups []int32) {
	for _, g := range groups {
		v.states[g].begin()
		v.expiry.Forget(g)
	}
	v.table.Remove(groups)
}

// OnWatermark implements operators.Operator.
func (v *View) OnWatermark(w operators.Watermark, out operators.Output) error {
	if w.End {
		return nil
	}
	if old := v.expiry.Due(w.Time); len(old) > 0 {
		v.forget(old)
		out.Count(paned.CounterExpired, int64(len(old)))
	}
	return nil
}

// Close implements operators.Operator.
func (v *View) Close() error { return nil }

// Snapshot implements operators.Operator.
func (v *View) Snapshot() ([]byte, error) {
	var w wire.Writer
	groups := v.table.Save(&w)
	for _, g := range groups {
		w.Bytes(v.states[g].code)
		w.Int(v.states[g].arrival)
	}
	v.expiry.Save(&w, groups)
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (v *View) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	groups := v.table.Load(r)
	for len(v.states) < v.table.Size() {
		v.states = append(v.states, state{arrival: operators.MinTime})
	}
	for _, g := range groups {
		v.states[g] = state{code: slices.Clone(r.Bytes()), arrival: r.Int()}
	}
	v.expiry.Load(r, groups)
	v.forget(v.table.Others(groups, mine))
	if err := r.Err(); err != nil {
		return fmt.Errorf("view: %w", err)
	}
	return nil
}

// arrays are the variables of states, an array each.
func (v *View) arrays(n int, code func(i int) []byte) []arrow.Array {
	return keycode.Decode(v.ctx.Alloc, v.types, n, func(i int) []byte { return unmarked(code(i)) })
}

func vectors(ts []*types.Type, arrs []arrow.Array) []kernel.Vector {
	out := make([]kernel.Vector, len(arrs))
	for i, a := range arrs {
		out[i] = kernel.Vector{Type: ts[i], Arr: a}
	}
	return out
}
