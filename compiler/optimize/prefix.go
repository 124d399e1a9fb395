package optimize

import (
	"reflect"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// sharePrefixes lets streams that begin alike do so once: of two nodes that do the
// same with the same rows, the readers of the second read the first. What can fail,
// be late or count is left alone, because each named stream reports its own.
//
//	stream x = from a |> where v > 1 |> limit 1
//	stream y = from a |> where v > 1 |> limit 2   reads the `where` of x
func sharePrefixes(g *plan.Graph) bool {
	changed := false
	for i := 0; i < len(g.Nodes); i++ {
		for j := i + 1; j < len(g.Nodes); j++ {
			a, b := g.Nodes[i], g.Nodes[j]
			if !twins(g, a, b) || !inner(g, b) || !pays(g, a, b) {
				continue
			}
			for _, n := range g.Nodes {
				for k, e := range n.In {
					if e.Node == b.ID {
						n.In[k].Node = a.ID
					}
				}
			}
			g.Remove(b)
			changed, j = true, j-1
		}
	}
	return changed
}

// twins reports two nodes that do the same with the same rows.
func twins(g *plan.Graph, a, b *plan.Node) bool {
	return len(a.In) == 1 && slices.Equal(a.In, b.In) && len(a.Ports) == 1 && len(b.Ports) == 1 &&
		sameStream(a.Ports[0], b.Ports[0]) && a.Errors == b.Errors && a.Late == b.Late && sameWork(g, a, b)
}

// sameStream reports two types that differ at most in what messages say of them.
func sameStream(a, b *types.Stream) bool {
	x, y := *a, *b
	x.Name, y.Name, x.BoundText, y.BoundText, x.Columns, y.Columns = "", "", "", "", nil, nil
	return reflect.DeepEqual(x, y) && slices.EqualFunc(a.Columns, b.Columns, sameColumn)
}

// pays tells whether sharing saves anything: a projection that only passes columns
// on costs nothing, and alone can be merged with what follows it.
func pays(g *plan.Graph, a, b *plan.Node) bool {
	items, ok := projection(a)
	if !ok || slices.ContainsFunc(items, func(it ir.Item) bool { return !trivial(it.Expr) }) {
		return true
	}
	for _, x := range readers(g, a) {
		for _, y := range readers(g, b) {
			if len(x.Ports) == 1 && len(y.Ports) == 1 && len(x.In) == 1 && len(y.In) == 1 && sameWork(g, x, y) && sameStream(x.Ports[0], y.Ports[0]) {
				return true
			}
		}
	}
	return false
}

func readers(g *plan.Graph, of *plan.Node) []*plan.Node {
	var out []*plan.Node
	for _, n := range g.Nodes {
		if slices.ContainsFunc(n.In, func(e plan.Edge) bool { return e.Node == of.ID }) {
			out = append(out, n)
		}
	}
	return out
}
