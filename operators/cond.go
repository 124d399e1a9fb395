package operators

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Cond is a compiled condition over the columns of a batch.
type Cond interface {
	// Select finds the rows of sel, nil for all, where the condition is true, in
	// ascending order; the slice is the caller's and never nil. Failed rows are not
	// among them, and come in ascending order, each once.
	Select(alloc memory.Allocator, cols []arrow.Array, rows int, sel []int32) ([]int32, []Failure)
}

// Cond compiles a condition. A program that can select rows itself makes no array
// of booleans.
func (env *Env) Cond(e ir.Expr, cols []types.Column) (Cond, error) {
	x, err := env.Expr(e, cols)
	if err != nil {
		return nil, err
	}
	if c, ok := x.(Cond); ok {
		return c, nil
	}
	return trueRows{x}, nil
}

// trueRows selects by the booleans that an expression gives, such as a column.
type trueRows struct{ of Eval }

func (t trueRows) Select(alloc memory.Allocator, cols []arrow.Array, rows int, sel []int32) ([]int32, []Failure) {
	v, failed := t.of.Eval(alloc, cols, rows, sel)
	defer v.Arr.Release()
	if len(failed) > 0 {
		sel = Without(rows, sel, failed)
	}
	b := Batch{Rows: rows, Sel: sel}
	out := make([]int32, 0, b.Len())
	holds := kernel.Reader[bool](v)
	b.Each(func(i int) {
		if !v.IsNull(i) && holds(i) {
			out = append(out, int32(i))
		}
	})
	return out, failed
}
