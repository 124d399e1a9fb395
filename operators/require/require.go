// Package require sends rows with a null where a value is required elsewhere: to
// the error topic, to a topic, or nowhere, counted (SEMANTICS 51).
package require

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// CodeNull is the code of error records of rows without a required value.
const CodeNull = "required_null"

// DoorElse counts rows that went to the target of an `else ->`.
const DoorElse = "require_else"

// Require is the operator.
type Require struct {
	operators.Stateless
	spec    *ir.Require
	values  []operators.Eval
	reasons []string // why a row without each value is sent away
	missing []bool   // by row of the batch; false between batches
	failed  []operators.Failure
}

// New makes the operator over the columns of its input.
func New(spec *ir.Require, input *types.Stream, env *operators.Env) (*Require, error) {
	values, err := env.Exprs(spec.Values, input.Columns)
	q := &Require{spec: spec, values: values}
	for _, path := range spec.Paths {
		q.reasons = append(q.reasons, "required column "+path+" is null")
	}
	return q, err
}

// Process lets the rows through that have all values.
func (q *Require) Process(_ int, b *operators.Batch, out operators.Output) error {
	rows := operators.Rows{Alloc: q.Alloc, Batch: b, Sel: b.Sel}
	q.missing = slices.Grow(q.missing[:0], b.Rows)[:b.Rows]
	failed := q.failed[:0]
	for i, e := range q.values {
		v := rows.Eval(e)
		if v.Arr.NullN() > 0 {
			failed = q.lacking(v, b.Rows, rows.Sel, q.reasons[i], failed)
		}
		v.Arr.Release()
	}
	q.failed = failed
	if len(failed) == 0 && len(rows.Failed) == 0 {
		out.Emit(0, b)
		return nil
	}
	// A row may lack one value and fail at a later one: the first item decides.
	evaluated := rows.Failed[:0]
	for _, f := range rows.Failed {
		if !q.missing[f.Row] {
			evaluated = append(evaluated, f)
		}
	}
	for _, f := range failed {
		q.missing[f.Row] = false
	}
	q.sendAside(b, failed, evaluated, out)
	gone := operators.InOrder(append(failed, evaluated...))
	operators.KeepOrReplace(b, operators.Without(b.Rows, b.Sel, gone), q.spec.Replaces)
	out.Emit(0, b)
	return nil
}

// lacking appends the rows of sel (nil for all) that have no value and were not without
// another before.
func (q *Require) lacking(v kernel.Vector, n int, sel []int32, reason string, failed []operators.Failure) []operators.Failure {
	left := operators.Batch{Rows: n, Sel: sel}
	left.Each(func(r int) {
		if v.IsNull(r) && !q.missing[r] {
			q.missing[r] = true
			failed = append(failed, operators.Failure{Row: r, Code: CodeNull, Reason: reason})
		}
	})
	return failed
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
