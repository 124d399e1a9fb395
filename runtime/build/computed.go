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
	"github.com/edynamic/edynamic/runtime/exec"
)

// computedAt are the columns of an edge that projections above it compute of what other columns
// of it hold: a row that is remembered without one of them says what it is. So it is with the
// fields of a record that a projection makes, as the rows of the other side of a join.
func (b *builder) computedAt(e plan.Edge) []checkpoint.Computed {
	columns, made := b.edgeType(e).Columns, b.made(e)
	carriers := map[string]carrier{} // by what they hold
	var out []checkpoint.Computed
	for _, c := range columns {
		switch x := made[c.Name].(type) {
		case *ir.Column:
			if first := carriers[x.Name]; first.column != "" && first.field == "" { // two columns hold the same
				out = append(out, b.copyOf(c.Name, first.column), b.copyOf(first.column, c.Name))
				continue
			}
			carriers[x.Name] = carrier{column: c.Name}
		case *ir.MakeRecord:
			for i, v := range x.Values {
				if part, plain := v.(*ir.Column); plain && carriers[part.Name].column == "" {
					carriers[part.Name] = carrier{c.Name, x.T.Fields[i].Name}
				}
			}
		}
	}
	for _, c := range columns {
		x := made[c.Name]
		if _, plain := x.(*ir.Column); plain {
			continue
		}
		if known, ok := carriedBy(c.Name, x, carriers); ok {
			known.Prepare = b.prepare(c.Name, func(have []types.Column) ir.Expr { return carried(x, carriers, have) })
			out = append(out, known)
		}
		if record, is := x.(*ir.MakeRecord); is && !record.T.Nullable {
			out = append(out, b.fieldsOf(c.Name, record, carriers))
		}
	}
	return out
}

// readBehind is rowBehind, and reads rows as those of that type.
func (b *builder) readBehind(e plan.Edge) (now *types.Type, read exec.ReadRows) {
	now = b.rowBehind(e)
	known := b.computedBehind(e)
	return now, func(cols []arrow.Array, n int, had *types.Type) ([]arrow.Array, error) {
		return checkpoint.ReadKept(cols, n, had, now, known)
	}
}

// computedBehind is computedAt for an edge of the graph that runs.
func (b *builder) computedBehind(e plan.Edge) []checkpoint.Computed {
	if planned := b.edgeBehind(e); planned != nil {
		return b.computedAt(*planned)
	}
	return nil
}

// copyOf is a column that holds the same as another.
func (b *builder) copyOf(name, of string) checkpoint.Computed {
	return checkpoint.Computed{Name: name, Of: []string{of}, Prepare: b.prepare(name, carrier{column: of}.read)}
}

// fieldsOf is a record some of whose fields are computed.
func (b *builder) fieldsOf(name string, x *ir.MakeRecord, carriers map[string]carrier) checkpoint.Computed {
	out := checkpoint.Computed{Name: name}
	for i, f := range x.T.Fields {
		if known, ok := carriedBy(f.Name, x.Values[i], carriers); ok {
			out.Fields = append(out.Fields, known)
		}
	}
	out.Prepare = b.prepare(name, func(have []types.Column) ir.Expr {
		whole := *x
		whole.Values = make([]ir.Expr, len(x.Values))
		for i, f := range x.T.Fields {
			if whole.Values[i] = (carrier{name, f.Name}).read(have); whole.Values[i] == nil {
				whole.Values[i] = carried(x.Values[i], carriers, have)
			}
		}
		return &whole
	})
	return out
}

// carrier is a column, or a field of one that is a record.
type carrier struct{ column, field string }

func (c carrier) String() string {
	if c.field == "" {
		return c.column
	}
	return c.column + "." + c.field
}

// read reads it of rows that have columns, nil where they do not have it.
func (c carrier) read(have []types.Column) ir.Expr {
	at := operators.ColumnIndex(have, c.column)
	if at < 0 {
		return nil
	}
	x := &ir.Column{Base: ir.Base{T: have[at].Type}, Name: c.column}
	if c.field == "" {
		return x
	}
	f, ok := x.T.FieldNamed(c.field)
	if !ok {
		return nil
	}
	return &ir.Field{Base: ir.Base{T: f.Type}, X: x, Name: c.field}
}

// carriedBy says which columns an expression can be read of; false where some of it is in none.
func carriedBy(name string, x ir.Expr, carriers map[string]carrier) (out checkpoint.Computed, ok bool) {
	out, ok = checkpoint.Computed{Name: name, Fails: ir.CanFail(x)}, true
	ir.Rewrite(x, func(part ir.Expr) ir.Expr {
		if c, is := part.(*ir.Column); is {
			of, known := carriers[c.Name]
			out.Of, ok = append(out.Of, of.String()), ok && known
		}
		return part
	})
	return out, ok
}

// carried is an expression that reads columns in place of what they hold.
func carried(x ir.Expr, carriers map[string]carrier, have []types.Column) ir.Expr {
	return ir.Rewrite(x, func(part ir.Expr) ir.Expr {
		if c, is := part.(*ir.Column); is {
			if read := carriers[c.Name].read(have); read != nil {
				return read
			}
		}
		return part
	})
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

// prepare makes a column ready to be computed by an expression over the columns that there are.
func (b *builder) prepare(name string, of func(have []types.Column) ir.Expr) checkpoint.Prepare {
	return func(columns []types.Column) (checkpoint.Compute, error) {
		eval, err := b.env.Expr(of(columns), columns)
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
