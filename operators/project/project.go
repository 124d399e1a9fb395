// Package project makes rows anew: select, extend, let, drop, rename, into and
// what only changes the columns. It keeps the time, place and operation of each
// row.
package project

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Project is the operator.
type Project struct {
	operators.Stateless
	items []operators.Eval
	types []*types.Type // of items
}

// New makes the operator: items are the complete new row over the columns of the
// input.
func New(items []ir.Item, input *types.Stream, env *operators.Env) (*Project, error) {
	p := &Project{}
	for _, it := range items {
		e, err := env.Expr(it.Expr, input.Columns)
		if err != nil {
			return nil, err
		}
		p.items, p.types = append(p.items, e), append(p.types, it.Expr.Type())
	}
	return p, nil
}

// Columns are items that keep columns as they are.
func Columns(columns []types.Column) []ir.Item {
	items := make([]ir.Item, len(columns))
	for i, c := range columns {
		items[i] = ir.Item{Name: c.Name, Expr: &ir.Column{Base: ir.Base{T: c.Type}, Name: c.Name}, Hidden: c.Hidden}
	}
	return items
}

// Forgets implements operators.Forgetful.
func (p *Project) Forgets() bool { return true }

// Process computes the new rows. A row fails with its first failing item.
func (p *Project) Process(_ int, b *operators.Batch, out operators.Output) error {
	rows := operators.Rows{Alloc: p.Alloc, Batch: b, Sel: b.Sel}
	cols := make([]arrow.Array, len(p.items))
	for i, e := range p.items {
		cols[i] = Full(&rows, rows.Eval(e))
	}
	failed := operators.InOrder(rows.Failed)
	if len(failed) > 0 {
		out.Fail(b, operators.Reportable(b, failed))
		operators.Keep(b, operators.Without(b.Rows, b.Sel, failed))
	}
	for _, c := range b.Cols {
		c.Release()
	}
	b.Cols = cols
	if b.Ops != nil {
		p.leaveOutUnchanged(b)
	}
	out.Emit(0, b)
	return nil
}

// Full is a vector as an array of one element a row.
func Full(rows *operators.Rows, v kernel.Vector) arrow.Array {
	if !v.Scalar {
		return v.Arr
	}
	defer v.Arr.Release()
	return kernel.Repeat(rows.Alloc, v.Arr, rows.Batch.Rows)
}
