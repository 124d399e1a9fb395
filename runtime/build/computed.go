package build

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/project"
	"github.com/edynamic/edynamic/runtime/checkpoint"
)

// computedAt are the columns of an edge that projections above it compute of what other columns
// of it hold: a row that is remembered without one of them says what it is.
func (b *builder) computedAt(e plan.Edge) []checkpoint.Computed {
	columns, made := b.edgeType(e).Columns, b.made(e)
	carriers := map[string]types.Column{} // by what they hold
	var out []checkpoint.Computed
	for _, c := range columns {
		if x, plain := made[c.Name].(*ir.Column); plain {
			if first, known := carriers[x.Name]; known { // two columns hold the same
				out = append(out, b.copyOf(c, first), b.copyOf(first, c))
				continue
			}
			carriers[x.Name] = c
		}
	}
	for _, c := range columns {
		if _, plain := made[c.Name].(*ir.Column); plain {
			continue
		}
		if x, of, ok := carried(made[c.Name], carriers); ok {
			out = append(out, checkpoint.Computed{Name: c.Name, Of: of, Fails: ir.CanFail(x), Prepare: b.prepare(c.Name, x)})
		}
	}
	return out
}

// copyOf is a column that holds the same as another.
func (b *builder) copyOf(c, of types.Column) checkpoint.Computed {
	x := &ir.Column{Base: ir.Base{T: of.Type}, Name: of.Name}
	return checkpoint.Computed{Name: c.Name, Of: []string{of.Name}, Prepare: b.prepare(c.Name, x)}
}

// carried is an expression that reads columns of an edge in place of what they hold; of names
// these.
func carried(x ir.Expr, carriers map[string]types.Column) (out ir.Expr, of []string, ok bool) {
	ok = true
	out = ir.Rewrite(x, func(part ir.Expr) ir.Expr {
		read, is := part.(*ir.Column)
		if !is {
			return part
		}
		c, there := carriers[read.Name]
		if !there {
			ok = false
			return part
		}
		of = append(of, c.Name)
		return &ir.Column{Base: ir.Base{T: c.Type}, Name: c.Name}
	})
	return out, of, ok
}

// made says what each column of an edge is made of: columns of the nodes behind which no
// projections are, with names that no two of them share.
func (b *builder) made(e plan.Edge) map[string]ir.Expr {
	n, out := b.g.Nodes[e.Node], map[string]ir.Expr{}
	if op, is := n.Op.(*ir.Project); is {
		below := b.made(n.In[0])
		for _, it := range op.Items {
			out[it.Name] = ir.Rewrite(it.Expr, func(part ir.Expr) ir.Expr {
				if c, is := part.(*ir.Column); is {
					return below[c.Name]
				}
				return part
			})
		}
		return out
	}
	below := map[string]ir.Expr{}
	if passes(n.Op) {
		below = b.made(n.In[0])
	}
	for _, c := range b.edgeType(e).Columns {
		if out[c.Name] = below[c.Name]; out[c.Name] == nil {
			out[c.Name] = &ir.Column{Base: ir.Base{T: c.Type}, Name: fmt.Sprint(n.ID, " ", e.Port, " ", c.Name)}
		}
	}
	return out
}

// prepare makes a column ready to be computed.
func (b *builder) prepare(name string, x ir.Expr) checkpoint.Prepare {
	return func(columns []types.Column) (checkpoint.Compute, error) {
		eval, err := b.env.Expr(x, columns)
		if err != nil {
			return nil, err
		}
		return func(cols []arrow.Array, n int) (arrow.Array, error) {
			rows := &operators.Rows{Alloc: b.alloc, Batch: &operators.Batch{Cols: cols, Rows: n}}
			col := project.Full(rows, rows.Eval(eval))
			if len(rows.Failed) > 0 {
				col.Release()
				f := rows.Failed[0]
				return nil, fmt.Errorf("the column %s cannot be worked out for a row that is remembered: %s, %s", name, f.Code, f.Reason)
			}
			return col, nil
		}, nil
	}
}
