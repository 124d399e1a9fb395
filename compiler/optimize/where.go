package optimize

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// mergeWheres makes one condition of two that follow each other. `and` looks at the
// second only where the first holds, as the stages did. Both may fail where their
// errors are laid to the same stage.
//
//	where a > 1 |> where b > 2   becomes   where a > 1 and b > 2
func mergeWheres(g *plan.Graph) bool {
	changed := false
	for i := 0; i < len(g.Nodes); i++ {
		if mergeWhere(g, g.Nodes[i]) {
			changed, i = true, i-1
		}
	}
	return changed
}

func mergeWhere(g *plan.Graph, n *plan.Node) bool {
	second, ok := plainWhere(n)
	if !ok {
		return false
	}
	up := above(g, n)
	if up == nil {
		return false
	}
	first, ok := plainWhere(up)
	if !ok {
		return false
	}
	culprit := n
	if ir.CanFail(first.Cond) {
		if up.Errors != n.Errors || ir.CanFail(second.Cond) && up.Stage != n.Stage {
			return false
		}
		culprit = up
	}
	base := ir.Base{T: types.TBoolean, At: second.Cond.Span()}
	n.Op = &ir.Where{Cond: &ir.And{Base: base, X: first.Cond, Y: widened(second.Cond, inputOf(g, up))}}
	blame(n, culprit)
	g.Remove(up)
	return true
}

// plainWhere is a condition that counts nothing besides the rows it keeps, takes no
// other row away, and that `and` can take.
func plainWhere(n *plan.Node) (*ir.Where, bool) {
	w, ok := n.Op.(*ir.Where)
	return w, ok && len(w.Nulls) == 0 && !w.Replaces && !w.Cond.Type().Nullable
}

// widened reads columns as a stream has them, where a condition after it (or that of
// a route's arm) has ruled out their null.
func widened(e ir.Expr, in *types.Stream) ir.Expr {
	return ir.Rewrite(e, func(part ir.Expr) ir.Expr {
		c, ok := part.(*ir.Column)
		if !ok || c.T.Nullable {
			return part
		}
		if col, ok := in.Column(c.Name); !ok || !col.Type.Nullable {
			return part
		}
		return &ir.NotNull{Base: c.Base, X: &ir.Column{Base: ir.Base{T: c.T.OrNull(), At: c.At}, Name: c.Name}}
	})
}

// dropTrueWheres takes out conditions that always hold.
//
//	where true   is left out
func dropTrueWheres(g *plan.Graph) bool {
	changed := false
	for i := 0; i < len(g.Nodes); i++ {
		n := g.Nodes[i]
		w, ok := plainWhere(n)
		if !ok || !isConst(w.Cond, true) || !inner(g, n) || !sameRows(n.Ports[0], inputOf(g, n)) {
			continue
		}
		g.Remove(n)
		changed, i = true, i-1
	}
	return changed
}

// pushWheres lets a condition choose rows before a projection that passes on the columns
// it reads, where it can meet other conditions and the projection others. What else the
// projection computes must not fail: it is not computed for rows that do not fit.
//
//	select b = a |> where b > 1   becomes   where a > 1 |> select b = a
func pushWheres(g *plan.Graph) bool {
	changed := false
	for _, n := range g.Nodes {
		changed = pushWhere(g, n) || changed
	}
	return changed
}

func pushWhere(g *plan.Graph, n *plan.Node) bool {
	w, ok := plainWhere(n)
	if !ok || ir.CanFail(w.Cond) {
		return false
	}
	up := above(g, n)
	if up == nil {
		return false
	}
	items, ok := projection(up)
	if !ok || slices.ContainsFunc(items, itemFails) {
		return false
	}
	cond, ok := passedOn(items, w.Cond)
	if !ok {
		return false
	}
	in := inputOf(g, up)
	narrowed, ok := narrowedTo(items, in, n.Ports[0])
	if !ok {
		return false
	}
	before, after := *up, *n
	before.Name, before.Stage, before.At = n.Name, n.Stage, n.At
	before.Op, before.Ports = &ir.Where{Cond: widened(cond, in)}, []*types.Stream{in}
	after.Name, after.Stage, after.At = up.Name, up.Stage, up.At
	after.Op = &ir.Project{Items: narrowed}
	*up, *n = before, after
	return true
}

// passedOn writes a condition over the rows that items are written over; false where it
// reads something that they compute. Fields of a record that they make are passed on like
// columns.
func passedOn(items []ir.Item, cond ir.Expr) (ir.Expr, bool) {
	all := true
	out := ir.Rewrite(cond, func(part ir.Expr) ir.Expr {
		switch part := part.(type) {
		case *ir.Column:
			e := itemNamed(items, part.Name)
			if rec, ok := e.(*ir.MakeRecord); ok && types.Equal(rec.T, part.T) {
				return rec
			}
			by, ok := placed(items, part)
			if all = all && ok && trivial(by); ok {
				return by
			}
		case *ir.Field:
			rec, ok := part.X.(*ir.MakeRecord)
			if !ok {
				return part
			}
			for i, f := range rec.T.Fields {
				if v := rec.Values[i]; f.Name == part.Name && types.Equal(v.Type(), part.T) && (trivial(v) || makesRecord(v)) {
					return v
				}
			}
		}
		return part
	})
	return out, all && !makesRecord(out)
}

// makesRecord reports an expression with a record that it makes.
func makesRecord(e ir.Expr) bool {
	if _, ok := e.(*ir.MakeRecord); ok {
		return true
	}
	return slices.ContainsFunc(ir.Children(e), makesRecord)
}

// narrowedTo gives items over one stream the types of the columns of another that
// they now make.
func narrowedTo(items []ir.Item, from, to *types.Stream) ([]ir.Item, bool) {
	out := make([]ir.Item, len(items))
	for i, it := range items {
		c, ok := to.Column(it.Name)
		if !ok {
			return nil, false
		}
		e := widened(it.Expr, from)
		if e.Type().Nullable && !c.Type.Nullable {
			e = &ir.NotNull{Base: ir.Base{T: e.Type().NonNull(), At: e.Span()}, X: e}
		}
		if !types.Equal(e.Type(), it.Expr.Type()) && !types.Equal(e.Type(), c.Type) {
			return nil, false
		}
		out[i] = ir.Item{Name: it.Name, Expr: e, Hidden: it.Hidden}
	}
	return out, true
}
