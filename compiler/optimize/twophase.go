package optimize

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// parted are the aggregates whose knowledge of two sets of rows can be put together to
// that of both, exactly and in any order.
var parted = map[string]bool{"count": true, "count_if": true, "sum": true, "avg": true, "min": true, "max": true}

// twoPhaseAggregates lets a stage before an aggregate of few groups give what it knows of
// the groups of each batch, which the aggregate puts together. So the exchange between the
// two carries a row a group, and no other row has its key looked at to find its instance.
// With many groups the first phase would pass on as many rows as it took, and without `by`
// there is no exchange.
//
//	aggregate n = count() by ok   the first phase gives a row for each ok, window and batch
func twoPhaseAggregates(g *plan.Graph) bool {
	changed := false
	for i := 0; i < len(g.Nodes); i++ {
		n := g.Nodes[i]
		agg, ok := n.Op.(*ir.Aggregate)
		if !ok || !twoPhased(agg) || inputOf(g, n).Kind == types.Changes {
			continue
		}
		first, second := phases(agg, n, inputOf(g, n))
		insert(g, n, []*plan.Node{first})
		n.Op, n.In, changed = second, []plan.Edge{{Node: first.ID}}, true
	}
	return changed
}

// twoPhased reports an aggregate of closed windows with few groups, where no row fails:
// its error would come from another stage.
func twoPhased(a *ir.Aggregate) bool {
	if !a.Windowed || a.AtOnce || a.Emit != "final" || a.Find != nil || a.Fill != nil || a.Input != nil || a.Phase != "" || len(a.By) == 0 {
		return false
	}
	for _, b := range a.By {
		if t := b.Expr.Type(); t.Kind != types.Boolean && t.Kind != types.Enum || ir.CanFail(b.Expr) {
			return false
		}
	}
	return !slices.ContainsFunc(a.Aggs, func(c ir.AggCall) bool {
		return !parted[c.Name] || exprsFail(c.Args) || c.Where != nil && ir.CanFail(c.Where)
	})
}

// phases are the two halves of an aggregate.
func phases(a *ir.Aggregate, n *plan.Node, in *types.Stream) (*plan.Node, *ir.Aggregate) {
	first := &ir.Aggregate{By: a.By, Aggs: a.Aggs, Windowed: true, Emit: "final", Phase: ir.FirstPhase}
	second := *a
	second.Phase, second.By, second.Aggs = ir.SecondPhase, nil, nil
	out := *in
	out.Columns = nil
	for _, b := range a.By {
		t := b.Expr.Type()
		out.Columns = append(out.Columns, types.Column{Name: b.Name, Type: t})
		second.By = append(second.By, ir.Item{Name: b.Name, Expr: &ir.Column{Base: ir.Base{T: t, At: b.Expr.Span()}, Name: b.Name}})
	}
	for i, c := range a.Aggs {
		out.Columns = append(out.Columns, types.Column{Name: ir.PartState(i), Type: types.TBytes, Hidden: true})
		second.Aggs = append(second.Aggs, partedCall(c))
	}
	out.Columns = append(out.Columns, types.Column{Name: ir.PartRows, Type: types.TLong, Hidden: true})
	for _, c := range in.Columns {
		if c.Name == types.WindowStart || c.Name == types.WindowEnd {
			out.Columns = append(out.Columns, c)
		}
	}
	part := *n
	part.Name, part.Op, part.Ports = n.Name+"@parts", first, []*types.Stream{&out}
	part.In, part.Errors, part.Late = slices.Clone(n.In), "", plan.LateDrop
	return &part, &second
}

// partedCall is a call that puts parts together: it reads no row, and of its arguments
// only the types matter.
func partedCall(c ir.AggCall) ir.AggCall {
	c.Where = nil
	args := make([]ir.Expr, len(c.Args))
	for i, x := range c.Args {
		args[i] = &ir.Const{Base: ir.Base{T: x.Type(), At: x.Span()}}
	}
	c.Args = args
	return c
}
