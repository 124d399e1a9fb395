package lower

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// findWindows lets an aggregate behind a session, sliding, cumulative or hopping window find the windows
// itself: rows then count as they come, instead of waiting in the window stage until
// their window is complete, or leaving it once for each window they are in. Stages in
// between may only compute columns that cannot fail, and not from the bounds of the
// window: the rows that reach the aggregate are those that make the windows.
//
//	window session ... |> aggregate ...   keeps no rows
func findWindows(g *plan.Graph) {
	for _, n := range g.Nodes {
		findWindow(g, n)
	}
}

func findWindow(g *plan.Graph, n *plan.Node) {
	agg, ok := n.Op.(*ir.Aggregate)
	if !ok || !agg.Windowed || agg.Find != nil || agg.Emit != "final" || readsBounds(readsOf(agg)) {
		return
	}
	up := onlyAbove(g, n)
	for up != nil && passesRows(up) {
		up = onlyAbove(g, up)
	}
	if up == nil {
		return
	}
	w, ok := up.Op.(*ir.Window)
	if !ok || w.Passes || !findable(w, agg) || !leadsWith(agg, w.Per) {
		return
	}
	passes, finds := *w, *agg
	passes.Passes = true
	finds.Find = w
	up.Op, n.Op = &passes, &finds
}

// findable reports windows that an aggregate can find. Cumulative windows it fills in
// another order than the rows come in.
func findable(w *ir.Window, agg *ir.Aggregate) bool {
	switch w.Kind {
	case ir.WindowSession, ir.WindowSliding:
		return true
	case ir.WindowHopping:
		// A row that fails does so in each of its windows.
		return agg.Fill == nil && !slices.ContainsFunc(readsOf(agg), ir.CanFail)
	case ir.WindowCumulative:
		return agg.Fill == nil && !slices.ContainsFunc(agg.Aggs, func(a ir.AggCall) bool { return !orderless(&a) })
	}
	return false
}

// orderless reports an aggregate whose result is the same in whatever order rows come.
func orderless(a *ir.AggCall) bool { return slices.Contains(orderlessNames, a.Name) }

var orderlessNames = []string{
	"count", "count_if", "count_distinct", "approx_count_distinct", "sum", "avg", "weighted_avg", "geometric_mean", "min", "max",
	"all", "any", "bit_and", "bit_or", "bit_xor", "median", "quantile", "quantile_disc", "approx_quantile", "variance", "var_pop",
	"var_samp", "stddev", "stddev_pop", "stddev_samp", "skewness", "kurtosis", "entropy", "corr", "covar_pop", "covar_samp",
	"regr_slope", "regr_intercept", "regr_r2",
}

// onlyAbove is the node that n alone reads, where nobody can name the rows between
// them; nil where there is none.
func onlyAbove(g *plan.Graph, n *plan.Node) *plan.Node {
	if len(n.In) != 1 {
		return nil
	}
	up := g.Nodes[n.In[0].Node]
	for _, end := range g.Ends {
		if end.Node == up.ID {
			return nil
		}
	}
	readers := 0
	for _, m := range g.Nodes {
		for _, e := range m.In {
			if e.Node == up.ID {
				readers++
			}
		}
	}
	if readers != 1 {
		return nil
	}
	return up
}

// leadsWith reports that an aggregate groups by the columns of a window's `per` first.
func leadsWith(agg *ir.Aggregate, per []string) bool {
	for i, name := range per {
		if i >= len(agg.By) {
			return false
		}
		if c, ok := agg.By[i].Expr.(*ir.Column); !ok || c.Name != name {
			return false
		}
	}
	return true
}

// passesRows reports a projection that only computes columns, and leaves those of the
// window and of its `per` what they are.
func passesRows(n *plan.Node) bool {
	p, ok := n.Op.(*ir.Project)
	if !ok {
		return false
	}
	for _, it := range p.Items {
		c, plain := it.Expr.(*ir.Column)
		same := plain && c.Name == it.Name
		if !same && (ir.CanFail(it.Expr) || readsBounds([]ir.Expr{it.Expr})) {
			return false
		}
		if !same && isPer(n.Ports[0].Window, it.Name) {
			return false
		}
	}
	return true
}

func isPer(w *types.Window, name string) bool { return w != nil && slices.Contains(w.Per, name) }

// readsOf are the expressions of an aggregate over its input.
func readsOf(agg *ir.Aggregate) []ir.Expr {
	var out []ir.Expr
	for _, b := range agg.By {
		out = append(out, b.Expr)
	}
	for _, a := range agg.Aggs {
		out = append(out, a.Args...)
		if a.Where != nil {
			out = append(out, a.Where)
		}
	}
	return out
}

func readsBounds(list []ir.Expr) bool {
	return slices.ContainsFunc(list, func(e ir.Expr) bool {
		found := false
		ir.Rewrite(e, func(part ir.Expr) ir.Expr {
			if c, ok := part.(*ir.Column); ok && (c.Name == types.WindowStart || c.Name == types.WindowEnd) {
				found = true
			}
			return part
		})
		return found
	})
}
