package optimize

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// pushBeforeAggregates lets the parts of a condition that read what rows are grouped by
// choose rows before an aggregate of closed windows: a group fits with all its rows or
// with none. What is late was sent aside by the window. The aggregate must be unable to
// fail, for a group that is left out would have left an error record.
//
//	aggregate n = count() by k |> where k > 1   becomes   where k > 1 |> aggregate n = count() by k
func pushBeforeAggregates(g *plan.Graph) bool {
	changed := false
	for i := 0; i < len(g.Nodes); i++ {
		if pushBeforeAggregate(g, g.Nodes[i]) {
			changed, i = true, i-1
		}
	}
	return changed
}

func pushBeforeAggregate(g *plan.Graph, n *plan.Node) bool {
	w, up := pushable(g, n)
	if up == nil {
		return false
	}
	agg, ok := up.Op.(*ir.Aggregate)
	if !ok || !quietAggregate(agg) || agg.Fill != nil || inputOf(g, up).Kind != types.Append || !settled(inputOf(g, up).Window) {
		return false
	}
	var before, rest ir.Expr
	for _, part := range ir.Conjuncts(w.Cond) {
		over, ok := passedOn(agg.By, part)
		if !ok || !readsColumn(part) || guarded(part) && rest != nil {
			rest = ir.Both(rest, part)
			continue
		}
		before = ir.Both(before, over)
	}
	if before == nil {
		return false
	}
	if rest == nil {
		rest = &ir.Const{Base: ir.Base{T: types.TBoolean, At: w.Cond.Span()}, Value: true}
	}
	in := inputOf(g, up)
	first := *n
	first.Name = n.Name + "@rows"
	first.Op, first.In, first.Ports = &ir.Where{Cond: widened(before, in)}, []plan.Edge{up.In[0]}, []*types.Stream{in}
	n.Op = &ir.Where{Cond: rest}
	insert(g, up, []*plan.Node{&first})
	up.In = []plan.Edge{{Node: first.ID}}
	return true
}

// settled reports windows that lie where they lie whatever rows there are. Those of
// others are found from the rows, by the aggregate itself where it stands right behind.
func settled(w *types.Window) bool {
	return w != nil && slices.Contains([]string{ir.WindowTumbling, ir.WindowHopping, ir.WindowCumulative, ir.WindowWhole}, w.Kind)
}

func readsColumn(e ir.Expr) bool {
	if _, ok := e.(*ir.Column); ok {
		return true
	}
	return slices.ContainsFunc(ir.Children(e), readsColumn)
}
