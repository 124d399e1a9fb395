package build

import (
	"slices"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// keysOf are the columns that an operator knows keys by and that it has by name only, with
// their types; and how those of them are computed that are there for it alone.
func (b *builder) keysOf(n *plan.Node) (keys []string, made []ir.Expr) {
	for i, names := range b.keyNames(n) {
		for _, name := range names {
			c, ok := b.edgeType(n.In[i]).Column(name)
			if !ok {
				continue
			}
			keys = append(keys, name+": "+c.Type.NonNull().String())
			if x := b.computed(n.In[i], name); x != nil {
				made = append(made, x)
			}
		}
	}
	return keys, made
}

// keyNames are those columns by input.
func (b *builder) keyNames(n *plan.Node) [][]string {
	out := make([][]string, len(n.In))
	for i, e := range n.In {
		if in := b.edgeType(e); in.Kind == types.Changes {
			out[i] = slices.Clone(in.Key)
		}
	}
	switch op := n.Op.(type) {
	case *ir.Join:
		out[ir.LeftSide] = append(append(out[ir.LeftSide], op.LeftKeys...), op.LeftIdentity...)
		out[ir.RightSide] = append(append(out[ir.RightSide], op.RightKeys...), op.RightIdentity...)
		if op.From != "" {
			out[ir.LeftSide] = append(out[ir.LeftSide], op.From, op.To)
		}
	case *ir.Asof:
		out[ir.LeftSide] = append(out[ir.LeftSide], op.LeftKeys...)
		out[ir.RightSide] = append(out[ir.RightSide], op.RightKeys...)
	case *ir.Lookup:
		out[ir.LeftSide] = append(out[ir.LeftSide], op.LeftKeys...)
		out[ir.RightSide] = append(append(out[ir.RightSide], op.RightKeys...), op.Identity...)
	case *ir.Window:
		out[0] = append(out[0], op.Per...)
	case *ir.Place:
		out[0] = append(out[0], op.Find.Per...)
	}
	return out
}

// computed is how a column is made that the projection in front of an operator makes for
// it alone, nil for another.
func (b *builder) computed(e plan.Edge, name string) ir.Expr {
	if !strings.HasPrefix(name, "$") {
		return nil
	}
	n := b.g.Nodes[e.Node]
	switch op := n.Op.(type) {
	case *ir.Project:
		for _, it := range op.Items {
			if it.Name == name {
				return it.Expr
			}
		}
	case *ir.OnTime:
		return b.computed(n.In[0], name)
	}
	return nil
}
