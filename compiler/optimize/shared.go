package optimize

import (
	"fmt"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// shareExpressions computes what the items of a projection, a condition or the arms
// of a route have in common once, before them. What can fail is moved only where it
// is the first thing that would, so that a row fails as before.
//
//	select x = f(a) + 1.0, y = f(a) * 2.0   becomes   let s = f(a) |> select x = s + 1.0, y = s * 2.0
func shareExpressions(g *plan.Graph) bool {
	changed := false
	for i := 0; i < len(g.Nodes); i++ {
		if shareExpression(g, g.Nodes[i]) {
			changed, i = true, i-1
		}
	}
	return changed
}

// sharedPrefix begins the names of columns that no text can spell.
const sharedPrefix = "$shared"

func shareExpression(g *plan.Graph, n *plan.Node) bool {
	var reads []ir.Expr
	always := -1 // of reads, how many are evaluated for every row; -1 for all
	switch op := n.Op.(type) {
	case *ir.Project:
		reads = itemExprs(op.Items)
	case *ir.Into:
		reads = itemExprs(op.Items)
	case *ir.Where:
		if len(op.Nulls) > 0 {
			return false
		}
		reads = []ir.Expr{op.Cond}
	case *plan.Route:
		if op.All { // a row that fails in one arm goes on to the next
			return false
		}
		reads, always = op.Whens, 1
	default:
		return false
	}
	s := commonPart(reads, always)
	if s == nil {
		return false
	}
	in := inputOf(g, n)
	name := fmt.Sprintf("%s%d", sharedPrefix, sharedOf(in))
	column := &ir.Column{Base: ir.Base{T: s.Type(), At: s.Span()}, Name: name}
	want := code(s)
	x := &expressions{f: func(e ir.Expr) ir.Expr {
		if e.Type() != nil && code(e) == want {
			return column
		}
		return e
	}}
	if r, ok := n.Op.(*plan.Route); ok {
		name = fmt.Sprintf("%s%d", sharedPrefix, sharedOf(in)+len(r.Shared))
		column.Name = name
		c := *r
		c.Whens = x.exprs(r.Whens)
		c.Shared = append(append([]ir.Item(nil), r.Shared...), ir.Item{Name: name, Expr: s, Hidden: true})
		n.Op = &c
		return true
	}
	before := sharing(g, n, in, name, s)
	op := x.operator(n.Op)
	if _, isWhere := op.(*ir.Where); !isWhere {
		insert(g, n, []*plan.Node{before})
		n.Op, n.In = op, []plan.Edge{{Node: before.ID}}
		return true
	}
	// The column ends with the condition that reads it.
	where := *n
	where.Name, where.Op = n.Name+"@where", op
	with := *before.Ports[0]
	where.Ports = []*types.Stream{&with}
	after := make([]ir.Item, len(n.Ports[0].Columns))
	for i, c := range n.Ports[0].Columns {
		after[i] = ir.Item{Name: c.Name, Expr: columnIn(in, c), Hidden: c.Hidden}
	}
	insert(g, n, []*plan.Node{before, &where})
	where.In = []plan.Edge{{Node: before.ID}}
	n.Op, n.In = &ir.Project{Items: after}, []plan.Edge{{Node: where.ID}}
	return true
}

// columnIn reads a column of a stream for a place that may be known not to be null.
func columnIn(in *types.Stream, want types.Column) ir.Expr {
	t := want.Type
	if have, ok := in.Column(want.Name); ok && have.Type.Nullable && !t.Nullable {
		return &ir.NotNull{Base: ir.Base{T: t}, X: &ir.Column{Base: ir.Base{T: have.Type}, Name: want.Name}}
	}
	return &ir.Column{Base: ir.Base{T: t}, Name: want.Name}
}

// sharing is the node that adds the shared column to the rows n reads.
func sharing(g *plan.Graph, n *plan.Node, in *types.Stream, name string, s ir.Expr) *plan.Node {
	with := *in
	with.Columns = append([]types.Column(nil), in.Columns...)
	items := make([]ir.Item, len(in.Columns), len(in.Columns)+1)
	for i, c := range in.Columns {
		items[i] = ir.Item{Name: c.Name, Expr: &ir.Column{Base: ir.Base{T: c.Type}, Name: c.Name}, Hidden: c.Hidden}
	}
	with.Columns = append(with.Columns, types.Column{Name: name, Type: s.Type(), Hidden: true})
	out := *n
	out.Name = n.Name + "@" + strings.TrimPrefix(name, "$")
	out.Op = &ir.Project{Items: append(items, ir.Item{Name: name, Expr: s, Hidden: true})}
	out.In, out.Ports = []plan.Edge{n.In[0]}, []*types.Stream{&with}
	return &out
}

func itemExprs(items []ir.Item) []ir.Expr {
	out := make([]ir.Expr, len(items))
	for i, it := range items {
		out[i] = it.Expr
	}
	return out
}

// sharedOf is how many shared columns a stream has.
func sharedOf(in *types.Stream) int {
	n := 0
	for _, c := range in.Columns {
		if strings.HasPrefix(c.Name, sharedPrefix) {
			n++
		}
	}
	return n
}

// part is a part of an expression that occurs in several places.
type part struct {
	e      ir.Expr
	times  int
	always bool // evaluated for every row somewhere
	first  bool // nothing that can fail is evaluated before it
}

// commonPart is the largest part that expressions have in common and that is worth
// computing on its own; nil where there is none. always is how many of them are
// evaluated for every row, -1 for all.
func commonPart(exprs []ir.Expr, always int) ir.Expr {
	parts := map[string]*part{}
	var order []string
	failed := false // something that can fail has been passed
	var visit func(e ir.Expr, sure, handled bool)
	visit = func(e ir.Expr, sure, handled bool) {
		clean := !failed
		for i, c := range ir.Children(e) {
			if _, isLambda := c.(*ir.Lambda); isLambda {
				failed = failed || ir.CanFail(c)
				continue
			}
			visit(c, sure && evaluates(e, i), handled || catches(e, i))
		}
		if ir.CanFail(e) {
			failed = true
		}
		if !worth(e) || readsLocal(e) {
			return
		}
		k := code(e)
		p := parts[k]
		if p == nil {
			p = &part{e: e, first: clean && sure && !handled}
			parts[k] = p
			order = append(order, k)
		}
		p.times++
		p.always = p.always || sure
	}
	for i, e := range exprs {
		visit(e, always < 0 || i < always, false)
	}
	var best *part
	size := 0
	for _, k := range order {
		p := parts[k]
		fails := ir.CanFail(p.e)
		if p.times < 2 || !p.always || fails && !p.first {
			continue
		}
		if n := sizeOf(p.e); n > size {
			best, size = p, n
		}
	}
	if best == nil {
		return nil
	}
	return best.e
}

// evaluates reports that a part is evaluated wherever the whole is.
func evaluates(e ir.Expr, child int) bool {
	switch e.(type) {
	case *ir.And, *ir.Or, *ir.If, *ir.Coalesce:
		return child == 0
	}
	return true
}

// catches reports that a failure of a part does not fail the whole.
func catches(e ir.Expr, child int) bool {
	switch e := e.(type) {
	case *ir.Try:
		return true
	case *ir.Coalesce:
		return e.Errors && child == 0
	}
	return false
}

// worth reports what costs more to compute than to keep: a call, a conversion of
// text, or several operators.
func worth(e ir.Expr) bool { return weight(e) >= 2 }

func weight(e ir.Expr) int {
	n := 0
	switch e := e.(type) {
	case *ir.Call:
		n = 2
	case *ir.Cast:
		if e.T.Kind == types.String || e.X.Type().Kind == types.String {
			n = 2
		}
	case *ir.Binary, *ir.Unary, *ir.In:
		n = 1
	case *ir.Const, *ir.Column, *ir.Local, *ir.Param, *ir.Field, *ir.UnionField, *ir.IsBranch, *ir.AsBranch, *ir.And, *ir.Or,
		*ir.If, *ir.IsNull, *ir.Coalesce, *ir.Try, *ir.NotNull, *ir.Lambda, *ir.MakeRecord, *ir.MakeUnion, *ir.MakeList:
	}
	for _, c := range ir.Children(e) {
		n += weight(c)
	}
	return n
}

func sizeOf(e ir.Expr) int {
	n := 1
	for _, c := range ir.Children(e) {
		n += sizeOf(c)
	}
	return n
}

func readsLocal(e ir.Expr) bool {
	if _, ok := e.(*ir.Local); ok {
		return true
	}
	for _, c := range ir.Children(e) {
		if readsLocal(c) {
			return true
		}
	}
	return false
}
