// Package where keeps the rows for which a condition holds. It selects rows and
// copies none.
//
// On a changes stream an update whose row stops to fit becomes a delete, and one
// that begins to fit an insert (SEMANTICS 75). Where keys may start anew, so does a row
// that comes and does not fit: the row that stood is gone, if it was let through.
package where

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
)

// Where is the operator.
type Where struct {
	operators.Stateless
	cond     operators.Cond
	nulls    []nullCount
	replaces bool
}

// New makes the operator over the columns of its input.
func New(spec *ir.Where, input *types.Stream, env *operators.Env) (*Where, error) {
	cond, err := env.Cond(spec.Cond, input.Columns)
	if err != nil {
		return nil, err
	}
	nulls, err := nullCounts(spec.Nulls, input.Columns, env)
	return &Where{cond: cond, nulls: nulls, replaces: spec.Replaces}, err
}

// Forgets implements operators.Forgetful.
func (w *Where) Forgets() bool { return true }

// Process keeps the rows that fit.
func (w *Where) Process(_ int, b *operators.Batch, out operators.Output) error {
	for _, n := range w.nulls {
		n.count(w.Alloc, b, out)
	}
	sel, failed := w.cond.Select(w.Alloc, b.Cols, b.Rows, b.Sel)
	if len(failed) > 0 {
		out.Fail(b, operators.Reportable(b, failed))
	}
	operators.KeepOrReplace(b, sel, w.replaces)
	out.Emit(0, b)
	return nil
}
