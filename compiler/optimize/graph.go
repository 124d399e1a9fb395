package optimize

import (
	"reflect"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// inner reports a node that nobody can name: it is not the end of a stream or topic.
func inner(g *plan.Graph, n *plan.Node) bool {
	for _, end := range g.Ends {
		if end.Node == n.ID {
			return false
		}
	}
	return true
}

// above is the node that n alone reads, where n reads nothing else and nobody can
// name the rows between them; nil where there is none.
func above(g *plan.Graph, n *plan.Node) *plan.Node {
	if len(n.In) != 1 {
		return nil
	}
	up := g.Nodes[n.In[0].Node]
	if len(up.Ports) != 1 || !inner(g, up) {
		return nil
	}
	edges := 0
	for _, m := range g.Nodes {
		for _, e := range m.In {
			if e.Node == up.ID {
				edges++
			}
		}
	}
	if edges != 1 {
		return nil
	}
	return up
}

// inputOf is the type of the rows that a node reads by its first edge.
func inputOf(g *plan.Graph, n *plan.Node) *types.Stream {
	e := n.In[0]
	return g.Nodes[e.Node].Ports[e.Port]
}

// blame lays the errors of a node that replaces two to the one that had them.
func blame(n, by *plan.Node) { n.Stage, n.At, n.Errors, n.Shown = by.Stage, by.At, by.Errors, by.Shown }

// sameRows reports that a reader can take one stream for the other. The key of
// an append stream only says how its rows relate; no reader asks for it.
func sameRows(a, b *types.Stream) bool {
	keys := a.Kind == types.Append || slices.Equal(a.Key, b.Key)
	return keys && a.Kind == b.Kind && a.Time == b.Time && reflect.DeepEqual(a.Window, b.Window) && a.ErrorsTo == b.ErrorsTo &&
		slices.EqualFunc(a.Columns, b.Columns, sameColumn)
}

func sameColumn(a, b types.Column) bool {
	return a.Name == b.Name && a.Hidden == b.Hidden && types.Equal(a.Type, b.Type)
}

// retyped is an expression in a place of a type that differs at most in
// nullability; false where it differs in more.
func retyped(e ir.Expr, t *types.Type) (ir.Expr, bool) {
	have, base := e.Type(), ir.Base{T: t, At: e.Span()}
	if types.Equal(have, t) {
		return e, true
	}
	if !types.Equal(have.NonNull(), t.NonNull()) {
		return nil, false
	}
	if c, ok := e.(*ir.Const); ok {
		return &ir.Const{Base: base, Value: c.Value}, t.Nullable || c.Value != nil
	}
	if t.Nullable {
		return &ir.Cast{Base: base, X: e}, true
	}
	return &ir.NotNull{Base: base, X: e}, true
}
