// Package unnest repeats each row for the elements of an array, which is appended
// as a column; the array stays.
//
// On a changes stream the rows of one array have no pairs: an update is the
// deletes of the old elements and the inserts of the new ones.
package unnest

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Unnest is the operator.
type Unnest struct {
	operators.Stateless
	expr  operators.Eval
	outer bool
}

// New makes the operator over the columns of its input.
func New(spec *ir.Unnest, input *types.Stream, env *operators.Env) (*Unnest, error) {
	e, err := env.Expr(spec.Expr, input.Columns)
	return &Unnest{expr: e, outer: spec.Outer}, err
}

// Process repeats rows.
func (u *Unnest) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	v, failed := u.expr.Eval(u.Alloc, b.Cols, b.Rows, b.Sel)
	defer v.Arr.Release()
	if len(failed) > 0 {
		out.Fail(b, operators.Reportable(b, failed))
	}
	sel := operators.Without(b.Rows, b.Sel, failed)
	rows, elems := u.repeat(v, sel)
	if len(rows) == 0 {
		return nil
	}
	one := &operators.Batch{Rows: len(rows), Time: gather(b.Time, rows), Arrival: gather(b.Arrival, rows),
		Progress: gather(b.Progress, rows), Refs: gather(b.Refs, rows), Ops: ops(b, rows)}
	one.Cols = make([]arrow.Array, 0, len(b.Cols)+1)
	for _, c := range b.Cols {
		one.Cols = append(one.Cols, kernel.Gather(u.Alloc, c, rows))
	}
	one.Cols = append(one.Cols, kernel.Gather(u.Alloc, kernel.ReadLists(v).Elems.Arr, elems))
	out.Emit(0, one)
	return nil
}

// repeat lists the row and the element of each result; a negative element is null.
func (u *Unnest) repeat(v kernel.Vector, sel []int32) (rows, elems []int32) {
	lists := kernel.ReadLists(v)
	for _, r := range sel {
		lo, hi := 0, 0
		if !v.IsNull(int(r)) {
			lo, hi = lists.Range(int(r))
		}
		for e := lo; e < hi; e++ {
			rows, elems = append(rows, r), append(elems, int32(e))
		}
		if lo == hi && u.outer {
			rows, elems = append(rows, r), append(elems, -1)
		}
	}
	return rows, elems
}

func gather[T any](from []T, rows []int32) []T {
	if from == nil {
		return nil
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = from[r]
	}
	return out
}

func ops(b *operators.Batch, rows []int32) []operators.Op {
	out := gather(b.Ops, rows)
	for i, op := range out {
		switch op {
		case operators.UpdateBefore:
			out[i] = operators.Delete
		case operators.UpdateAfter:
			out[i] = operators.Insert
		case operators.Insert, operators.Delete:
		}
	}
	return out
}
