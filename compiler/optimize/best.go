package optimize

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// mostBest is how many rows a top may have for an aggregate to look for them.
const mostBest = 1000

// topInAggregates tells an aggregate of closed windows which of its groups a top
// after it can show, so that each instance gives those alone. The top stays: what
// several instances give is still more than it shows. Windows that close at once have
// few groups, which leave together.
//
//	aggregate n = count() by k |> top 3 by n   the aggregate gives 3 rows of each window
func topInAggregates(g *plan.Graph) bool {
	changed := false
	for _, n := range g.Nodes {
		top, ok := n.Op.(*ir.Top)
		if !ok || !top.Windowed || top.N > mostBest || ordersFail(top.By) || exprsFail(top.Per) {
			continue
		}
		up := soleReader(g, n)
		if up == nil {
			continue
		}
		agg, ok := up.Op.(*ir.Aggregate)
		if !ok || !agg.Windowed || agg.AtOnce || agg.Emit != "final" || agg.Best != nil {
			continue
		}
		c := *agg
		c.Best = &ir.Best{N: top.N, By: top.By, Per: top.Per, Ties: top.Ties}
		up.Op, changed = &c, true
	}
	return changed
}

// dedupInAggregates tells an aggregate of closed windows that a dedup after it lets one
// group of each key through, so that each instance gives the first alone. The aggregate
// counts the others for the dedup, which stays: what several instances give is still more
// than it lets through.
//
//	aggregate n = count() by k, item |> dedup by k   the aggregate gives one row of each k and window
func dedupInAggregates(g *plan.Graph) bool {
	changed := false
	for _, n := range g.Nodes {
		dedup, ok := n.Op.(*ir.Dedup)
		if !ok || !dedup.Windowed || len(dedup.By) == 0 || exprsFail(dedup.By) {
			continue
		}
		up := soleReader(g, n)
		if up == nil {
			continue
		}
		agg, ok := up.Op.(*ir.Aggregate)
		if !ok || !agg.Windowed || agg.AtOnce || agg.Emit != "final" || agg.Best != nil || agg.Fill != nil || up.Ports[0].Kind == types.Changes {
			continue
		}
		c := *agg
		c.Best = &ir.Best{N: 1, Per: dedup.By, Dropped: true}
		up.Op, changed = &c, true
	}
	return changed
}

func ordersFail(orders []ir.Order) bool {
	for _, o := range orders {
		if ir.CanFail(o.Expr) {
			return true
		}
	}
	return false
}

func exprsFail(exprs []ir.Expr) bool {
	for _, e := range exprs {
		if ir.CanFail(e) {
			return true
		}
	}
	return false
}
