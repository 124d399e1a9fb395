// Package require sends rows with a null where a value is required elsewhere: to
// the error topic, to a topic, or nowhere, counted (SEMANTICS 51).
package require

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
)

// CodeNull is the code of error records of rows without a required value.
const CodeNull = "required_null"

// DoorElse counts rows that went to the target of an `else ->`.
const DoorElse = "require_else"

// Require is the operator.
type Require struct {
	operators.Stateless
	spec   *ir.Require
	values []operators.Eval
}

// New makes the operator over the columns of its input.
func New(spec *ir.Require, input *types.Stream, env *operators.Env) (*Require, error) {
	values, err := env.Exprs(spec.Values, input.Columns)
	return &Require{spec: spec, values: values}, err
}

// Process lets the rows through that have all values.
func (q *Require) Process(_ int, b *operators.Batch, out operators.Output) error {
	rows := operators.Rows{Alloc: q.Alloc, Batch: b, Sel: b.Sel}
	missing := map[int32]bool{}
	var failed []operators.Failure
	for i, e := range q.values {
		v := rows.Eval(e)
		left := operators.Batch{Rows: b.Rows, Sel: rows.Sel}
		left.Each(func(r int) {
			if missing[int32(r)] || !v.IsNull(r) {
				return
			}
			missing[int32(r)] = true
			failed = append(failed, operators.Failure{Row: r, Code: CodeNull, Reason: "required column " + q.spec.Paths[i] + " is null"})
		})
		v.Arr.Release()
	}
	if len(missing) == 0 && len(rows.Failed) == 0 {
		out.Emit(0, b)
		return nil
	}
	// A row may lack one value and fail at a later one: the first item decides.
	evaluated := rows.Failed[:0]
	for _, f := range rows.Failed {
		if !missing[int32(f.Row)] {
			evaluated = append(evaluated, f)
		}
	}
	q.sendAside(b, failed, evaluated, out)
	gone := operators.InOrder(append(failed, evaluated...))
	operators.KeepOrReplace(b, operators.Without(b.Rows, b.Sel, gone), q.spec.Replaces)
	out.Emit(0, b)
	return nil
}

func (q *Require) sendAside(b *operators.Batch, failed, evaluated []operators.Failure, out operators.Output) {
	switch {
	case q.spec.Else == nil:
		all := append(append([]operators.Failure(nil), failed...), evaluated...)
		out.Fail(b, operators.Reportable(b, operators.InOrder(all)))
		return
	case q.spec.Else.Drop:
		out.SideTo(q.spec.Else, operators.DoorDropped, b, operators.Reportable(b, operators.InOrder(failed)))
	default:
		out.SideTo(q.spec.Else, DoorElse, b, operators.Reportable(b, operators.InOrder(failed)))
	}
	out.Fail(b, operators.Reportable(b, operators.InOrder(append([]operators.Failure(nil), evaluated...))))
}
