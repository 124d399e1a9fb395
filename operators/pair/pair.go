// Package pair is what joins have in common: rows of two inputs with equal keys, a
// further condition on pairs of them, and result rows made of both sides.
//
// It knows nothing of time, and never decides which rows are still there.
package pair

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Sides is the two inputs of a join.
type Sides struct {
	keys   [2][]int // columns of each input
	exprs  [2][]ir.Expr
	types  []*types.Type
	inputs [2][]types.Column
	made   []place // the columns of the result
	cond   operators.Cond
	alias  int // column of the right input
}

// place is where a column of the result comes from.
type place struct {
	side ir.Side
	col  int
	t    *types.Type
}

// New prepares a join for the columns of its inputs and of its result.
func New(spec *ir.Sides, left, right, out []types.Column, env *operators.Env) (*Sides, error) {
	s := &Sides{inputs: [2][]types.Column{left, right}, alias: operators.ColumnIndex(right, spec.Alias)}
	for side, names := range [2][]string{spec.LeftKeys, spec.RightKeys} {
		for _, name := range names {
			at := operators.ColumnIndex(s.inputs[side], name)
			if at < 0 {
				return nil, fmt.Errorf("join: there is no key column %q", name)
			}
			s.keys[side] = append(s.keys[side], at)
			s.exprs[side] = append(s.exprs[side], &ir.Column{Base: ir.Base{T: s.inputs[side][at].Type}, Name: name})
		}
	}
	for _, at := range s.keys[ir.LeftSide] {
		s.types = append(s.types, left[at].Type.NonNull())
	}
	for _, c := range out {
		side := spec.Of(c.Name)
		at := operators.ColumnIndex(s.inputs[side], c.Name)
		if at < 0 {
			return nil, fmt.Errorf("join: no side has the column %q", c.Name)
		}
		s.made = append(s.made, place{side, at, c.Type})
	}
	if spec.On == nil {
		return s, nil
	}
	cols := slices.Clone(left)
	if s.alias >= 0 { // else the condition does not read it
		cols = append(cols, right[s.alias])
	}
	var err error
	s.cond, err = env.Cond(spec.On, cols)
	return s, err
}

// Keys is what the rows of an input may be dealt out by to instances.
func (s *Sides) Keys(input int) []ir.Expr { return s.exprs[input] }

// Columns are those of an input.
func (s *Sides) Columns(input ir.Side) []types.Column { return s.inputs[input] }

// Types are the types of the keys.
func (s *Sides) Types() []*types.Type { return s.types }

// NewTable makes a table for the keys of both sides.
func (s *Sides) NewTable() *group.Table { return group.New(s.types) }

// Find sets groups[row] to the group of each row of an input that counts, -1 where a
// part of its key is null: such a row has no partner.
func (s *Sides) Find(table *group.Table, input ir.Side, b *operators.Batch, groups []int32) {
	vs := s.vectors(input, b)
	sel := b.Sel
	for _, v := range vs {
		if v.Arr.NullN() == 0 {
			continue
		}
		part := operators.Batch{Rows: b.Rows, Sel: sel}
		valid := make([]int32, 0, part.Len())
		part.Each(func(i int) {
			if v.IsNull(i) {
				groups[i] = -1
				return
			}
			valid = append(valid, int32(i))
		})
		sel = valid
	}
	if sel == nil || len(sel) > 0 {
		table.Find(vs, b.Rows, sel, groups)
	}
}

func (s *Sides) vectors(input ir.Side, b *operators.Batch) []kernel.Vector {
	vs := make([]kernel.Vector, len(s.keys[input]))
	for i, at := range s.keys[input] {
		vs[i] = kernel.Vector{Type: s.types[i], Arr: b.Cols[at]}
	}
	return vs
}

// Own are the kept rows of an input whose key belongs to an instance, by their places
// in ids; the others are dropped.
func (s *Sides) Own(rows Rows, input ir.Side, ids []kept.ID, mine operators.Mine) []int32 {
	if len(ids) == 0 {
		return nil
	}
	b := rows[input].Take(ids)
	defer b.Release()
	own := s.Mine(mine, input, b)
	for i, next := 0, own; i < len(ids); i++ {
		if len(next) > 0 && next[0] == int32(i) {
			next = next[1:]
			continue
		}
		rows[input].Drop(ids[i])
	}
	return own
}

// Mine are the rows of a batch of an input whose key belongs to an instance.
func (s *Sides) Mine(mine operators.Mine, input ir.Side, b *operators.Batch) []int32 {
	if len(s.types) == 0 {
		mine = nil // one instance has them all
	}
	return mine.Of(s.vectors(input, b), b.Rows)
}

// Hash is the hash by which the rows of a batch of an input find their instance.
func (s *Sides) Hash(input ir.Side, b *operators.Batch) func(row int) uint64 {
	code := keycode.Row(s.vectors(input, b), keycode.Key)
	var buf []byte
	return func(row int) uint64 {
		buf = code(buf[:0], row)
		return operators.KeyHash(buf)
	}
}

// Conditional reports a condition besides equal keys.
func (s *Sides) Conditional() bool { return s.cond != nil }

// Rows are the kept rows of both sides.
type Rows [2]*kept.Rows

// NewRows holds no rows.
func NewRows(ctx *operators.Context) Rows {
	return Rows{kept.NewOf(ctx, int(ir.LeftSide)), kept.NewOf(ctx, int(ir.RightSide))}
}

// NewDetachedRows holds no rows; see kept.NewDetached.
func NewDetachedRows(ctx *operators.Context) Rows {
	return Rows{kept.NewDetached(ctx, int(ir.LeftSide)), kept.NewDetached(ctx, int(ir.RightSide))}
}

// Lean is a batch of an input without what no result is made of: results have times of
// their own, and stand for the record of their left row, whose time an error record has.
// It is not another owner.
func (s *Sides) Lean(input ir.Side, b *operators.Batch) *operators.Batch {
	lean := &operators.Batch{Cols: b.Cols, Rows: b.Rows, Sel: b.Sel}
	if input == ir.LeftSide {
		lean.Refs, lean.Lease = b.Refs, b.Lease
		if s.Conditional() {
			lean.Time = b.Time
		}
	}
	return lean
}

// Release forgets all rows.
func (r Rows) Release() {
	for _, rows := range r {
		rows.Release()
	}
}

// Pairs are rows of both sides by their names; -1 where a side has none.
type Pairs struct{ Left, Right []kept.ID }

// Add appends a pair.
func (p *Pairs) Add(left, right kept.ID) {
	p.Left, p.Right = append(p.Left, left), append(p.Right, right)
}

// Test reports for each pair whether the condition holds. Pairs for which it fails are
// sent to the error topic at the instants given, unless out is nil, and do not hold.
func (s *Sides) Test(alloc memory.Allocator, rows Rows, p Pairs, progress []int64, out operators.Output) []bool {
	holds := make([]bool, len(p.Left))
	if len(holds) == 0 {
		return holds
	}
	left := rows[ir.LeftSide].Take(p.Left)
	right := rows[ir.RightSide].Take(p.Right)
	defer left.Release()
	defer right.Release()
	cols := slices.Clone(left.Cols)
	if s.alias >= 0 {
		cols = append(cols, right.Cols[s.alias])
	}
	held, failed := s.cond.Select(alloc, cols, left.Rows, nil)
	for _, i := range held {
		holds[i] = true
	}
	if len(failed) > 0 && out != nil {
		b := *left
		b.Cols, b.Progress = cols, progress
		out.Fail(&b, failed)
	}
	return holds
}

// Make makes the rows of the result of pairs, without times. A joined row stands for
// the record of its left row (SEMANTICS 36).
func (s *Sides) Make(alloc memory.Allocator, rows Rows, p Pairs) *operators.Batch {
	sides := [2]*side{taken(rows[ir.LeftSide], p.Left), nil}
	out := &operators.Batch{Rows: len(p.Left), Cols: make([]arrow.Array, len(s.made)), Refs: sides[ir.LeftSide].refs()}
	for i, m := range s.made {
		if sides[m.side] == nil {
			sides[m.side] = taken(rows[m.side], p.Right)
		}
		out.Cols[i] = sides[m.side].column(alloc, m)
	}
	if left := sides[ir.LeftSide].b; left != nil {
		out.Lease = operators.JoinLeases([]*operators.Batch{left})
	}
	for _, x := range sides {
		if x != nil && x.b != nil {
			x.b.Release()
		}
	}
	return out
}

// side is the rows of one side of pairs.
type side struct {
	b  *operators.Batch // those that are there; nil for none
	at []int32          // of each pair in b, -1 for none; nil where every pair has one
	n  int
}

func taken(rows *kept.Rows, ids []kept.ID) *side {
	x := &side{n: len(ids)}
	there := ids
	if slices.Contains(ids, -1) {
		there = make([]kept.ID, 0, len(ids))
		x.at = make([]int32, len(ids))
		for i, id := range ids {
			if x.at[i] = -1; id >= 0 {
				x.at[i] = int32(len(there))
				there = append(there, id)
			}
		}
	}
	if len(there) > 0 {
		x.b = rows.Take(there)
	}
	return x
}

func (x *side) refs() []operators.Ref {
	if x.b == nil || x.b.Refs == nil || x.at == nil {
		if x.b == nil {
			return nil
		}
		return x.b.Refs
	}
	out := make([]operators.Ref, x.n)
	for i, at := range x.at {
		if at >= 0 {
			out[i] = x.b.Refs[at]
		}
	}
	return out
}

func (x *side) column(alloc memory.Allocator, m place) arrow.Array {
	switch {
	case x.b == nil:
		return array.MakeArrayOfNull(alloc, kernel.ArrowType(m.t), x.n)
	case x.at == nil:
		x.b.Cols[m.col].Retain()
		return x.b.Cols[m.col]
	}
	return kernel.Gather(alloc, x.b.Cols[m.col], x.at)
}
