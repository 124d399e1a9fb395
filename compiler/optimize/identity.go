package optimize

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// dropIdentities takes out projections that make every row as it was, among them
// the stages that only state a key.
//
//	select a, b   of rows of a and b is left out
func dropIdentities(g *plan.Graph) bool {
	changed := false
	for i := 0; i < len(g.Nodes); i++ {
		n := g.Nodes[i]
		items, ok := projection(n)
		if !ok || !inner(g, n) || !sameRows(n.Ports[0], inputOf(g, n)) || !identity(items, inputOf(g, n).Columns) {
			continue
		}
		g.Remove(n)
		changed, i = true, i-1
	}
	return changed
}

// identity reports that items are the columns as they are.
func identity(items []ir.Item, columns []types.Column) bool {
	if len(items) != len(columns) {
		return false
	}
	for i, it := range items {
		c, ok := it.Expr.(*ir.Column)
		if !ok || c.Name != columns[i].Name || it.Name != c.Name {
			return false
		}
	}
	return true
}
