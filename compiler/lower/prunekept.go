package lower

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// keepHarmless adds to what is needed of a node's output the columns that nobody reads,
// but for those that can fail (SEMANTICS 90) and those made of such: a state that is kept
// with all columns is still of use to a program that reads others. The nodes above have
// been narrowed by then, so that what is left there is all that there is.
func keepHarmless(g *plan.Graph, n *plan.Node, need []*paths) {
	switch op := n.Op.(type) {
	case *plan.Topic:
		need[0].all = true
	case *ir.Project:
		in := inputPort(g, n, 0)
		for _, it := range op.Items {
			keepParts(need[0], it.Name, it.Expr, in)
		}
	case *ir.Aggregate:
		in := inputPort(g, n, 0)
		for _, it := range op.Items {
			// Over changes one that goes by the times of rows would need all of their columns.
			harmless := func(call int) bool {
				return harmlessCall(&op.Aggs[call], in) && (op.Input == nil || orderless(&op.Aggs[call]))
			}
			if !need[0].has(it.Name) && !ir.CanFail(it.Expr) && all(callsOf([]ir.Item{it}), harmless) {
				need[0].add([]string{it.Name})
			}
		}
	case *ir.Over:
		in := inputPort(g, n, 0)
		for _, c := range op.Calls {
			if !need[0].has(c.Column) && harmlessOver(&c, in) {
				need[0].add([]string{c.Column})
			}
		}
	case *ir.Changed:
		in := inputPort(g, n, 0)
		for _, name := range op.Previous {
			if _, there := in.Column(name); there {
				need[0].add([]string{ir.PreviousRow, name})
			}
		}
	case *ir.Match:
		in := matched(g, n, op)
		for _, it := range op.Emit {
			also := slices.IndexFunc(op.Timeout, func(t ir.Item) bool { return t.Name == it.Name })
			if !need[0].has(it.Name) && harmlessExpr(it.Expr, in) && (also < 0 || harmlessExpr(op.Timeout[also].Expr, in)) {
				need[0].add([]string{it.Name})
			}
		}
	}
}

func inputPort(g *plan.Graph, n *plan.Node, i int) *types.Stream {
	return g.Nodes[n.In[i].Node].Ports[n.In[i].Port]
}

// keepParts adds an item, or the fields of a record that an item makes.
func keepParts(need *paths, name string, e ir.Expr, in *types.Stream) {
	if !need.has(name) {
		if _, passed := pathType(e, in); passed || harmlessExpr(e, in) {
			need.add([]string{name})
		}
		return
	}
	rec, ok := e.(*ir.MakeRecord)
	if need.all || need.kids[name].all || !ok {
		return
	}
	for i, f := range rec.T.Fields {
		keepParts(need.kids[name], f.Name, rec.Values[i], in)
	}
}

// harmlessExpr reports that an expression cannot fail, and that all it reads is there.
func harmlessExpr(e ir.Expr, in *types.Stream) bool { return !ir.CanFail(e) && reads(e, in) }

func harmlessCall(c *ir.AggCall, in *types.Stream) bool {
	return !c.CanFail() && all(c.Args, func(x ir.Expr) bool { return reads(x, in) }) && (c.Where == nil || reads(c.Where, in))
}

// harmlessOver is harmlessCall for a call over neighbours.
func harmlessOver(c *ir.OverCall, in *types.Stream) bool {
	if c.Aggregates() && ir.AggregateCanFail(c.Name) {
		return false
	}
	return all(c.Args, func(x ir.Expr) bool { return harmlessExpr(x, in) }) && (c.Default == nil || harmlessExpr(c.Default, in))
}

// matched are the rows of the defines of a pattern, and the results of its calls, as
// columns.
func matched(g *plan.Graph, n *plan.Node, op *ir.Match) *types.Stream {
	t := &types.Stream{}
	for _, d := range op.Defines {
		row := &types.Type{Kind: types.Record}
		for _, c := range inputPort(g, n, d.Input).Columns {
			row.Fields = append(row.Fields, types.Field{Name: c.Name, Type: c.Type})
		}
		t.Columns = append(t.Columns, types.Column{Name: d.Name, Type: row})
	}
	for i, c := range op.Calls {
		if harmlessCall(&c.Call, inputPort(g, n, op.Defines[c.Define].Input)) {
			t.Columns = append(t.Columns, types.Column{Name: ir.CallColumn(i), Type: c.Call.T})
		}
	}
	return t
}

// reads reports that all an expression reads is there, and whole.
func reads(e ir.Expr, in *types.Stream) bool {
	if columnPath(e) != nil {
		t, there := pathType(e, in)
		return there && types.Equal(t, e.Type())
	}
	return all(ir.Children(e), func(x ir.Expr) bool { return reads(x, in) })
}

// pathType is what is left of the column, or of the part of one, that a path leads to.
func pathType(e ir.Expr, in *types.Stream) (*types.Type, bool) {
	switch e := e.(type) {
	case *ir.Column:
		if c, ok := in.Column(e.Name); ok {
			return c.Type, true
		}
		return e.T, e.Name == types.WindowStart || e.Name == types.WindowEnd
	case *ir.Field:
		t, ok := pathType(e.X, in)
		if !ok {
			return nil, false
		}
		f, ok := t.FieldNamed(e.Name)
		if !ok {
			return nil, false
		}
		return prunedLike(e.T, f.Type), true
	case *ir.NotNull:
		t, ok := pathType(e.X, in)
		if !ok {
			return nil, false
		}
		return prunedLike(e.T, t), true
	case *ir.AsBranch:
		t, ok := pathType(e.X, in)
		if !ok {
			return nil, false
		}
		return prunedLike(e.T, t.Branches[e.Branch]), true
	}
	return nil, false
}

func all[T any](list []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(list, func(x T) bool { return !holds(x) })
}
