package optimize

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// pushIntoJoins lets the parts of a condition below a join that read one side alone choose
// the rows of that side before they are joined. A row that is left out must not be missing
// elsewhere: as a partner whose lack shows, in a count, or in a failure of the condition
// of the join. What is late was sent aside before the join.
//
//	join r = b on k == r.k within 1m |> where v > 1   becomes   where v > 1 |> join r = b on k == r.k within 1m
func pushIntoJoins(g *plan.Graph) bool {
	changed := false
	for i := 0; i < len(g.Nodes); i++ {
		if pushIntoJoin(g, g.Nodes[i]) {
			changed, i = true, i-1 // its parts stand before it now
		}
	}
	return changed
}

func pushIntoJoin(g *plan.Graph, n *plan.Node) bool {
	w, up := pushable(g, n)
	if up == nil {
		return false
	}
	sides := ir.SidesOf(up.Op)
	if sides == nil || sides.On != nil && ir.CanFail(sides.On) {
		return false
	}
	open := openSides(g, up)
	var parts [2]ir.Expr
	var rest ir.Expr
	for _, part := range ir.Conjuncts(w.Cond) {
		side, one := sideOf(sides, part)
		if !one || !open[side] || guarded(part) && rest != nil {
			rest = ir.Both(rest, part)
			continue
		}
		parts[side] = ir.Both(parts[side], part)
	}
	if parts == [2]ir.Expr{} {
		return false
	}
	if rest == nil {
		rest = &ir.Const{Base: ir.Base{T: types.TBoolean, At: w.Cond.Span()}, Value: true}
	}
	n.Op = &ir.Where{Cond: rest}
	for side, cond := range parts {
		if cond == nil {
			continue
		}
		e := up.In[side]
		in := g.Nodes[e.Node].Ports[e.Port]
		part := *n
		part.Name = fmt.Sprintf("%s@%s", n.Name, [2]string{"left", "right"}[side])
		part.Op, part.In, part.Ports = &ir.Where{Cond: widened(cond, in)}, []plan.Edge{e}, []*types.Stream{in}
		insert(g, up, []*plan.Node{&part})
		up.In[side] = plan.Edge{Node: part.ID}
	}
	return true
}

// openSides tells of which sides of a join rows may be left out that no result shows.
func openSides(g *plan.Graph, n *plan.Node) (open [2]bool) {
	if left := inputOf(g, n); left.Kind == types.Changes {
		return open
	}
	switch op := n.Op.(type) {
	case *ir.Join:
		if op.Kind == ir.FullJoin || op.From != "" { // bounds of the left rows are counted
			return open
		}
		// A key is kept as long as any row of it says, also one that shows in no result.
		if op.Bound == ir.JoinKept && op.Keep != ir.KeepForever && op.Keep != 0 {
			return open
		}
		right := g.Nodes[n.In[1].Node].Ports[n.In[1].Port]
		open[ir.LeftSide] = true
		open[ir.RightSide] = op.Kind == ir.InnerJoin && right.Kind == types.Append
	case *ir.Asof:
		open[ir.LeftSide] = op.Left // else rows without a match are counted
	case *ir.Lookup:
		open[ir.LeftSide] = op.Left
	}
	return open
}

// guarded reports an expression that only makes sense where something else has ruled out
// a null.
func guarded(e ir.Expr) bool {
	if _, ok := e.(*ir.NotNull); ok {
		return true
	}
	for _, c := range ir.Children(e) {
		if guarded(c) {
			return true
		}
	}
	return false
}

// sideOf is the side whose columns an expression reads; false where it reads none or
// those of both.
func sideOf(s *ir.Sides, e ir.Expr) (side ir.Side, one bool) {
	var reads [2]bool
	var visit func(e ir.Expr)
	visit = func(e ir.Expr) {
		if c, ok := e.(*ir.Column); ok {
			reads[s.Of(c.Name)] = true
		}
		for _, c := range ir.Children(e) {
			visit(c)
		}
	}
	visit(e)
	if reads[ir.RightSide] {
		side = ir.RightSide
	}
	return side, reads[ir.LeftSide] != reads[ir.RightSide]
}
