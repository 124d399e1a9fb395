package operators

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Eval is a compiled expression over the columns of a batch.
type Eval interface {
	// Eval computes the rows of sel, nil for all; what the result holds at other rows
	// does not matter. The result's array belongs to the caller. Failed rows come in
	// ascending order, each once.
	Eval(alloc memory.Allocator, cols []arrow.Array, rows int, sel []int32) (kernel.Vector, []Failure)
}

// Env is what the constructors of operators need from the rest of the engine.
type Env struct {
	// Compile makes an expression over columns runnable.
	Compile func(e ir.Expr, cols []types.Column) (Eval, error)
	// Aggregate finds a built-in aggregate: its documentation and a constructor per
	// overload. nil for an unknown name.
	Aggregate func(name string) (*sig.Aggregate, []kernel.NewAggregator)
}

// Expr compiles an expression; a plain column needs no program.
func (env *Env) Expr(e ir.Expr, cols []types.Column) (Eval, error) {
	if c, ok := e.(*ir.Column); ok {
		for i, col := range cols {
			if col.Name == c.Name {
				return column{index: i, t: c.Type()}, nil
			}
		}
		return nil, fmt.Errorf("operator: no column %q", c.Name)
	}
	return env.Compile(e, cols)
}

// Exprs compiles several expressions.
func (env *Env) Exprs(es []ir.Expr, cols []types.Column) ([]Eval, error) {
	out := make([]Eval, len(es))
	for i, e := range es {
		var err error
		if out[i], err = env.Expr(e, cols); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type column struct {
	index int
	t     *types.Type
}

func (c column) Eval(_ memory.Allocator, cols []arrow.Array, _ int, _ []int32) (kernel.Vector, []Failure) {
	a := cols[c.index]
	a.Retain()
	return kernel.Vector{Type: c.t, Arr: a}, nil
}

// ColumnIndex is where a column stands, -1 when there is none.
func ColumnIndex(cols []types.Column, name string) int {
	for i, c := range cols {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// Rows evaluates expressions for a batch, one after the other. A row that fails is
// left out of those that follow, so that each row fails at most once.
type Rows struct {
	Alloc memory.Allocator
	Batch *Batch
	// Sel is the rows that have not failed, nil for all.
	Sel    []int32
	Failed []Failure
	// Buf, when set, takes the rows of Sel once it must be made.
	Buf []int32
}

// Eval evaluates one expression for the rows of Sel.
func (r *Rows) Eval(e Eval) kernel.Vector {
	v, failed := e.Eval(r.Alloc, r.Batch.Cols, r.Batch.Rows, r.Sel)
	if len(failed) > 0 {
		r.leaveOut(failed)
	}
	return v
}

// All evaluates several expressions.
func (r *Rows) All(es []Eval) []kernel.Vector {
	out := make([]kernel.Vector, len(es))
	for i, e := range es {
		out[i] = r.Eval(e)
	}
	return out
}

// Report sends the rows that failed so far to the error topic, in order. Rows that
// only take back an earlier one failed when that came.
func (r *Rows) Report(out Output) {
	if failed := Reportable(r.Batch, InOrder(r.Failed)); len(failed) > 0 {
		out.Fail(r.Batch, failed)
	}
}

// Fail leaves out rows that failed elsewhere, given in ascending order.
func (r *Rows) Fail(failed []Failure) {
	if len(failed) > 0 {
		r.leaveOut(failed)
	}
}

func (r *Rows) leaveOut(failed []Failure) {
	r.Failed = append(r.Failed, failed...)
	left := r.Buf[:0]
	if left == nil {
		left = make([]int32, 0, r.Batch.Len()) // no rows is not nil
	}
	keep := func(i int32) {
		if len(failed) > 0 && failed[0].Row == int(i) {
			failed = failed[1:]
			return
		}
		left = append(left, i)
	}
	if r.Sel == nil {
		for i := range int32(r.Batch.Rows) {
			keep(i)
		}
	} else {
		// Reading runs ahead of writing, so that Buf may be what Sel lies in.
		for _, i := range r.Sel {
			keep(i)
		}
	}
	r.Sel, r.Buf = left, left
}

// ReleaseAll gives back the arrays of vectors.
func ReleaseAll(vs []kernel.Vector) {
	for _, v := range vs {
		if v.Arr != nil {
			v.Arr.Release()
		}
	}
}
