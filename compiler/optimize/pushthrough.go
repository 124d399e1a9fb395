package optimize

import (
	"fmt"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// pushThroughWindows lets a condition choose rows before they are put into windows,
// where it looks at nothing of the window and no row can be late: one that is late is
// so whether it fits or not.
//
//	window hopping 1h every 1m |> where v > 1   becomes   where v > 1 |> window hopping 1h every 1m
func pushThroughWindows(g *plan.Graph) bool {
	changed := false
	for _, n := range g.Nodes {
		changed = pushThroughWindow(g, n) || changed
	}
	return changed
}

func pushThroughWindow(g *plan.Graph, n *plan.Node) bool {
	w, up := pushable(g, n)
	if up == nil {
		return false
	}
	window, ok := up.Op.(*ir.Window)
	if !ok || !fixedPlaces(window) || !neverLate(window, g, up) || readsWindow(w.Cond) {
		return false
	}
	in := inputOf(g, up)
	before, after := *up, *n
	before.Name, before.Stage, before.At, before.Late, before.Shown = n.Name, n.Stage, n.At, n.Late, nil
	before.Op, before.Ports = &ir.Where{Cond: widened(w.Cond, in)}, []*types.Stream{in}
	after.Name, after.Stage, after.At, after.Late, after.Shown = up.Name, up.Stage, up.At, up.Late, up.Shown
	after.Op = window
	*up, *n = before, after
	return true
}

// fixedPlaces are the windows that lie where they lie whatever rows there are. Of the
// others each row may decide where the windows of its neighbours begin and end.
func fixedPlaces(w *ir.Window) bool {
	switch w.Kind {
	case ir.WindowTumbling, ir.WindowHopping, ir.WindowCumulative, ir.WindowWhole:
		return true
	}
	return false
}

// pushable is a condition that can move before the node above, which n alone reads.
func pushable(g *plan.Graph, n *plan.Node) (*ir.Where, *plan.Node) {
	w, ok := plainWhere(n)
	if !ok || ir.CanFail(w.Cond) || len(n.In) != 1 {
		return nil, nil
	}
	up := soleReader(g, n)
	if up == nil || up.Ports[0].Kind == types.Changes {
		return nil, nil
	}
	return w, up
}

// soleReader is the node that n reads, where nobody else reads or names its rows.
func soleReader(g *plan.Graph, n *plan.Node) *plan.Node {
	up := g.Nodes[n.In[0].Node]
	if len(up.Ports) != 1 || !inner(g, up) || len(readers(g, up)) != 1 {
		return nil
	}
	return up
}

func readsWindow(e ir.Expr) bool {
	if c, ok := e.(*ir.Column); ok && strings.HasPrefix(c.Name, "$window") {
		return true
	}
	for _, c := range ir.Children(e) {
		if readsWindow(c) {
			return true
		}
	}
	return false
}

// pushThroughUnions lets a condition choose rows of each input before they are
// merged, where it can meet what comes before. The inputs must give their rows in
// canonical order, or the rows that are left could be merged otherwise.
//
//	union b |> where v > 1   becomes   where v > 1 |> union (b |> where v > 1)
func pushThroughUnions(g *plan.Graph) bool {
	changed := false
	for i := 0; i < len(g.Nodes); i++ {
		if pushThroughUnion(g, g.Nodes[i]) {
			changed, i = true, 0
		}
	}
	return changed
}

func pushThroughUnion(g *plan.Graph, n *plan.Node) bool {
	w, up := pushable(g, n)
	if up == nil {
		return false
	}
	union, ok := up.Op.(*ir.Union)
	if !ok {
		return false
	}
	for _, e := range up.In {
		if !inOrder(g, e) {
			return false
		}
	}
	parts := make([]*plan.Node, len(up.In))
	for i, e := range up.In {
		in := g.Nodes[e.Node].Ports[e.Port]
		part := *n
		part.Name = fmt.Sprintf("%s@%d", n.Name, i+1)
		part.Op, part.In, part.Ports = &ir.Where{Cond: widened(w.Cond, in)}, []plan.Edge{e}, []*types.Stream{in}
		parts[i] = &part
	}
	insert(g, up, parts)
	n.Op, n.In = union, make([]plan.Edge, len(parts))
	for i, p := range parts {
		n.In[i] = plan.Edge{Node: p.ID}
	}
	n.Name, up.Name = up.Name, n.Name
	n.Stage, n.At = up.Stage, up.At
	g.Remove(up)
	return true
}

// inOrder reports an edge whose rows stand in canonical order, as topics give them.
func inOrder(g *plan.Graph, e plan.Edge) bool {
	n := g.Nodes[e.Node]
	switch n.Op.(type) {
	case *plan.Topic:
		return true
	case *ir.Where, *ir.Project, *ir.Require, *ir.KeyBy, *ir.Union:
		for _, in := range n.In {
			if !inOrder(g, in) {
				return false
			}
		}
		return true
	}
	return false
}

// insert puts nodes before another and numbers all anew.
func insert(g *plan.Graph, before *plan.Node, nodes []*plan.Node) {
	at := before.ID
	moved := func(id int) int {
		if id >= at {
			return id + len(nodes)
		}
		return id
	}
	for _, n := range g.Nodes {
		for i := range n.In {
			n.In[i].Node = moved(n.In[i].Node)
		}
	}
	for name, end := range g.Ends {
		end.Node = moved(end.Node)
		g.Ends[name] = end
	}
	list := append([]*plan.Node(nil), g.Nodes[:at]...)
	g.Nodes = append(append(list, nodes...), g.Nodes[at:]...)
	for i, n := range g.Nodes {
		n.ID = i
	}
}
