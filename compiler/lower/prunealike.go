package lower

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// makeAlike gives the inputs of a union the same columns again, where more is left of one
// because somebody else reads it: each comes out of a projection that nothing else reads.
func makeAlike(g *plan.Graph, n *plan.Node) {
	common := make([]types.Column, 0, len(n.Ports[0].Columns))
	for _, c := range inputPort(g, n, 0).Columns {
		everywhere := true
		for i := range n.In {
			other, there := inputPort(g, n, i).Column(c.Name)
			if everywhere = everywhere && there; everywhere {
				c.Type = prunedLike(c.Type, other.Type)
			}
		}
		if everywhere {
			common = append(common, c)
		}
	}
	for _, e := range n.In {
		from := g.Nodes[e.Node]
		if op, ok := from.Op.(*ir.Project); ok {
			narrowTo(from, op, common)
		}
	}
}

// narrowTo leaves a projection some of its columns, of types that may have fewer fields.
func narrowTo(n *plan.Node, op *ir.Project, columns []types.Column) {
	out := &ir.Project{}
	t := *n.Ports[0]
	t.Columns = nil
	for _, it := range op.Items {
		for _, c := range columns {
			if c.Name == it.Name {
				it.Expr = narrowedTo(it.Expr, c.Type)
				own, _ := n.Ports[0].Column(it.Name)
				own.Type = it.Expr.Type()
				out.Items, t.Columns = append(out.Items, it), append(t.Columns, own)
			}
		}
	}
	n.Op, n.Ports[0] = out, &t
}

// narrowedTo is an expression whose record has only the fields of a type.
func narrowedTo(e ir.Expr, t *types.Type) ir.Expr {
	if e.Type().Kind != types.Record || t.Kind != types.Record || types.Equal(e.Type(), t) {
		return e
	}
	made, isMade := e.(*ir.MakeRecord)
	bare := *t
	bare.Nullable = false
	there := e
	if e.Type().Nullable {
		known := *e.Type()
		known.Nullable = false
		there = &ir.NotNull{Base: ir.Base{T: &known, At: e.Span()}, X: e}
	}
	rec := &ir.MakeRecord{Base: ir.Base{T: &bare, At: e.Span()}}
	for _, f := range t.Fields {
		var v ir.Expr
		for i, own := range e.Type().Fields {
			switch {
			case own.Name != f.Name:
			case isMade:
				v = made.Values[i]
			default:
				v = &ir.Field{Base: ir.Base{T: own.Type, At: e.Span()}, X: there, Name: own.Name}
			}
		}
		rec.Values = append(rec.Values, narrowedTo(v, f.Type))
	}
	if isMade || !e.Type().Nullable {
		return rec
	}
	return &ir.If{Base: ir.Base{T: t, At: e.Span()},
		Cond: &ir.IsNull{Base: ir.Base{T: types.TBoolean, At: e.Span()}, X: e},
		Then: &ir.Const{Base: ir.Base{T: t, At: e.Span()}}, Else: rec}
}
