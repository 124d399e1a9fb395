package optimize

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
)

// code is a text that two expressions have in common where they compute the same,
// wherever they are written.
func code(e ir.Expr) string {
	var b strings.Builder
	writeCode(&b, e)
	return b.String()
}

func writeCode(b *strings.Builder, e ir.Expr) {
	fmt.Fprintf(b, "(%T:%s", e, e.Type())
	switch e := e.(type) {
	case *ir.Const:
		fmt.Fprintf(b, " %T %q", e.Value, fmt.Sprintf("%#v %v", e.Value, e.Value))
	case *ir.Column:
		fmt.Fprintf(b, " %q", e.Name)
	case *ir.Local:
		fmt.Fprintf(b, " %q", e.Name)
	case *ir.Param:
		fmt.Fprintf(b, " %q", e.Name)
	case *ir.Field:
		fmt.Fprintf(b, " %q", e.Name)
	case *ir.UnionField:
		fmt.Fprintf(b, " %q", e.Name)
	case *ir.IsBranch:
		fmt.Fprint(b, " ", e.Branch)
	case *ir.AsBranch:
		fmt.Fprint(b, " ", e.Branch)
	case *ir.Unary:
		fmt.Fprint(b, " ", int(e.Op))
	case *ir.Binary:
		fmt.Fprint(b, " ", int(e.Op))
	case *ir.Coalesce:
		fmt.Fprint(b, " ", e.Errors)
	case *ir.Cast:
		fmt.Fprint(b, " ", e.Fallible)
	case *ir.Call:
		fmt.Fprintf(b, " %q %d %v", e.Name, e.Overload, e.Fallible)
	case *ir.Lambda:
		fmt.Fprintf(b, " %q", e.Params)
	case *ir.MakeUnion:
		fmt.Fprint(b, " ", e.Branch)
	case *ir.And, *ir.Or, *ir.If, *ir.IsNull, *ir.Try, *ir.NotNull, *ir.In, *ir.MakeRecord, *ir.MakeList:
	}
	for _, c := range ir.Children(e) {
		writeCode(b, c)
	}
	b.WriteByte(')')
}

func itemsCode(items []ir.Item) string {
	var b strings.Builder
	for _, it := range items {
		fmt.Fprintf(&b, "%q %v ", it.Name, it.Hidden)
		writeCode(&b, it.Expr)
	}
	return b.String()
}

// sameWork reports two operators that give the same rows of the same input, and
// nothing else than rows: neither errors nor late rows nor counts.
func sameWork(g *plan.Graph, a, b *plan.Node) bool {
	switch x := a.Op.(type) {
	case *ir.Where:
		y, ok := b.Op.(*ir.Where)
		return ok && quietWhere(x) && quietWhere(y) && x.Replaces == y.Replaces && code(x.Cond) == code(y.Cond)
	case *ir.Project:
		y, ok := b.Op.(*ir.Project)
		return ok && quietItems(x.Items) && quietItems(y.Items) && itemsCode(x.Items) == itemsCode(y.Items)
	case *ir.Unnest:
		y, ok := b.Op.(*ir.Unnest)
		return ok && !ir.CanFail(x.Expr) && !ir.CanFail(y.Expr) && x.Name == y.Name && x.Outer == y.Outer && code(x.Expr) == code(y.Expr)
	case *ir.KeyBy, *ir.WindowNone:
		return reflect.DeepEqual(a.Op, b.Op)
	case *ir.Window:
		y, ok := b.Op.(*ir.Window)
		return ok && neverLate(x, g, a) && reflect.DeepEqual(x, y)
	case *ir.Aggregate:
		y, ok := b.Op.(*ir.Aggregate)
		return ok && quietAggregate(x) && quietAggregate(y) && aggregateCode(x) == aggregateCode(y)
	default:
		return false
	}
}

func quietWhere(w *ir.Where) bool { return len(w.Nulls) == 0 && !ir.CanFail(w.Cond) }

func quietItems(items []ir.Item) bool {
	for _, it := range items {
		if ir.CanFail(it.Expr) {
			return false
		}
	}
	return true
}

// neverLate reports a window that no row is late for: its input's watermark moves at
// the end alone.
func neverLate(w *ir.Window, g *plan.Graph, n *plan.Node) bool {
	return w.Kind == ir.WindowWhole || inputOf(g, n).Complete && !w.Processing
}

// quietAggregate reports an aggregate of closed windows that cannot fail.
func quietAggregate(a *ir.Aggregate) bool {
	if !a.Windowed || a.Emit != "final" || a.Best != nil || !quietItems(a.By) || !quietItems(a.Items) {
		return false
	}
	return !slices.ContainsFunc(a.Aggs, func(c ir.AggCall) bool { return c.CanFail() })
}

func aggregateCode(a *ir.Aggregate) string {
	var b strings.Builder
	fmt.Fprint(&b, itemsCode(a.By), itemsCode(a.Items), a.Lateness, a.Phase)
	for _, c := range a.Aggs {
		fmt.Fprintf(&b, " %q %d %s", c.Name, c.Overload, c.T)
		for _, x := range c.Args {
			writeCode(&b, x)
		}
		if c.Where != nil {
			b.WriteString(" where ")
			writeCode(&b, c.Where)
		}
	}
	return b.String()
}
