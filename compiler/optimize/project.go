package optimize

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// mergeProjects makes one projection of two that follow each other. One of them
// must be unable to fail; the errors of the other keep their stage and order. An
// expression that is more than a column or a constant is moved only where it is
// needed once, so that nothing is computed twice.
//
//	select b = a + 1.0 |> select c = b * 2.0   becomes   select c = (a + 1.0) * 2.0
func mergeProjects(g *plan.Graph) bool {
	changed := false
	for i := 0; i < len(g.Nodes); i++ {
		if n := g.Nodes[i]; mergeProject(g, n) {
			changed, i = true, i-1
		}
	}
	return changed
}

func mergeProject(g *plan.Graph, n *plan.Node) bool {
	items, ok := written(n)
	if !ok {
		return false
	}
	up := above(g, n)
	if up == nil {
		return false
	}
	first, ok := projection(up)
	if !ok {
		return false
	}
	culprit := n
	if slices.ContainsFunc(items, itemFails) && !holdsRecords(g, up) {
		return false // its error records show the row as it is here
	}
	if slices.ContainsFunc(first, itemFails) {
		if up.Errors != n.Errors || slices.ContainsFunc(items, itemFails) || !keepsFailures(first, items) {
			return false
		}
		culprit = up
	}
	merged, ok := substituteItems(first, items)
	if !ok {
		return false
	}
	if into, isInto := n.Op.(*ir.Into); isInto {
		n.Op = &ir.Into{Topic: into.Topic, Items: merged}
	} else {
		n.Op = &ir.Project{Items: merged}
	}
	blame(n, culprit)
	g.Remove(up)
	return true
}

// holdsRecords reports that every row of a node is one record of a topic, which error
// records then show; they show a row that was made of others as it is when it fails.
func holdsRecords(g *plan.Graph, n *plan.Node) bool {
	switch op := n.Op.(type) {
	case *plan.Topic:
		return true
	case *ir.Project, *ir.Where, *ir.Require, *ir.KeyBy, *ir.Limit, *ir.Sample, *ir.Unnest, *ir.Union, *ir.Time:
	case *ir.WindowNone:
		if op.Kind != "" {
			return false
		}
	default:
		return false
	}
	return !slices.ContainsFunc(n.In, func(e plan.Edge) bool { return !holdsRecords(g, g.Nodes[e.Node]) })
}

// projection are the items of a node that makes each row anew from the one before.
func projection(n *plan.Node) ([]ir.Item, bool) {
	switch op := n.Op.(type) {
	case *ir.Project:
		return op.Items, true
	case *ir.KeyBy, *ir.WindowNone:
		if none, ok := op.(*ir.WindowNone); ok && none.Kind != "" {
			return nil, false // rows get another time
		}
		items := make([]ir.Item, len(n.Ports[0].Columns))
		for i, c := range n.Ports[0].Columns {
			items[i] = ir.Item{Name: c.Name, Expr: &ir.Column{Base: ir.Base{T: c.Type, At: n.At}, Name: c.Name}, Hidden: c.Hidden}
		}
		return items, true
	default:
		return nil, false
	}
}

// written are the items of a projection, or of a node that writes to a topic.
func written(n *plan.Node) ([]ir.Item, bool) {
	if into, ok := n.Op.(*ir.Into); ok {
		return into.Items, true
	}
	return projection(n)
}

func itemFails(it ir.Item) bool { return ir.CanFail(it.Expr) }

// keepsFailures reports that every item that can fail is passed on once and bare,
// in the same order: then a row fails as before, with the same first item.
func keepsFailures(first, items []ir.Item) bool {
	var failing, passed []string
	for _, it := range first {
		if itemFails(it) {
			failing = append(failing, it.Name)
		}
	}
	uses := usesOf(items)
	for _, it := range items {
		if c, ok := it.Expr.(*ir.Column); ok && slices.Contains(failing, c.Name) {
			passed = append(passed, c.Name)
		}
	}
	return slices.Equal(failing, passed) && !slices.ContainsFunc(failing, func(name string) bool { return uses[name].times != 1 })
}

// use is how often a column is read, and whether by a lambda, which reads it once
// for each element.
type use struct {
	times    int
	inLambda bool
}

func usesOf(items []ir.Item) map[string]use {
	uses := map[string]use{}
	var visit func(e ir.Expr, inLambda bool)
	visit = func(e ir.Expr, inLambda bool) {
		switch e := e.(type) {
		case *ir.Column:
			u := uses[e.Name]
			uses[e.Name] = use{u.times + 1, u.inLambda || inLambda}
		case *ir.Lambda:
			inLambda = true
		}
		for _, c := range ir.Children(e) {
			visit(c, inLambda)
		}
	}
	for _, it := range items {
		visit(it.Expr, false)
	}
	return uses
}

// substituteItems writes items over the rows that first is written over; false
// where something would be computed more often than before.
func substituteItems(first, items []ir.Item) ([]ir.Item, bool) {
	for name, u := range usesOf(items) {
		e := itemNamed(first, name)
		if e == nil || (u.times > 1 || u.inLambda) && !trivial(e) {
			return nil, false
		}
	}
	out := make([]ir.Item, len(items))
	for i, it := range items {
		e, ok := substitute(first, it.Expr)
		if !ok {
			return nil, false
		}
		out[i] = ir.Item{Name: it.Name, Expr: e, Hidden: it.Hidden}
	}
	return out, true
}

func itemNamed(items []ir.Item, name string) ir.Expr {
	for _, it := range items {
		if it.Name == name {
			return it.Expr
		}
	}
	return nil
}

// trivial reports what costs nothing to compute again.
func trivial(e ir.Expr) bool {
	switch e := e.(type) {
	case *ir.Const, *ir.Column, *ir.Param:
		return true
	case *ir.NotNull:
		return trivial(e.X)
	default:
		return false
	}
}

// substitute replaces the columns of an expression by the items that make them;
// false where one of them has another type than the column.
func substitute(items []ir.Item, e ir.Expr) (ir.Expr, bool) {
	all := true
	out := ir.Rewrite(e, func(part ir.Expr) ir.Expr {
		c, ok := part.(*ir.Column)
		if !ok {
			return part
		}
		by, ok := placed(items, c)
		all = all && ok
		if !ok {
			return part
		}
		return by
	})
	return out, all
}

// placed is the item that makes a column, with the type of the column.
func placed(items []ir.Item, c *ir.Column) (ir.Expr, bool) {
	e := itemNamed(items, c.Name)
	if e == nil {
		return nil, false
	}
	if e.Type().Kind == types.Unknown || c.T.Kind == types.Unknown {
		return nil, false
	}
	return retyped(e, c.T)
}
