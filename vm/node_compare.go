package vm

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// compareNode is Eq, Ne, Lt, Le, Gt or Ge. The first two are total: null equals
// null and nothing else. With the others null in gives null out.
type compareNode struct {
	t     *types.Type
	op    ir.Op
	match kernel.Match
	x, y  node
}

// ofMultiples makes `x % by == 0`, where by is a constant and not 0, a question about x. A
// remainder is null where x is.
func (c *compareNode) ofMultiples(x ir.Expr) {
	mod, ok := x.(*ir.Binary)
	if !ok || mod.Op != ir.Mod || !c.total() {
		return
	}
	rest, ok := c.x.(*callNode)
	if !ok || len(rest.args) != 2 {
		return
	}
	switch mod.T.Kind {
	case types.Int:
		ofMultiples[int32](c, rest)
	case types.Long:
		ofMultiples[int64](c, rest)
	default:
	}
}

func ofMultiples[T kernel.Whole](c *compareNode, rest *callNode) {
	zero, ok := wholeConstant[T](c.y)
	by, known := wholeConstant[T](rest.args[1])
	if ok && known && zero == 0 && by != 0 {
		c.match, c.x = kernel.MatchMultiples(by, c.op), rest.args[0]
	}
}

// wholeConstant is the value of a constant that is not null.
func wholeConstant[T kernel.Whole](n node) (T, bool) {
	c, ok := n.(*constNode)
	if !ok || c.v.Arr.NullN() > 0 {
		return 0, false
	}
	values := kernel.Values[T](c.v.Arr)
	if len(values) != 1 {
		return 0, false
	}
	return values[0], true
}

func (c *compareNode) total() bool { return c.op == ir.Eq || c.op == ir.Ne }

func (c *compareNode) operands(f *frame, sel []int32) (x, y kernel.Vector, live []int32, errs *Errors) {
	x, errs = c.x.eval(f, sel)
	live = f.without(sel, errs)
	y, more := c.y.eval(f, live)
	return x, y, f.without(live, more), joined(f.n, errs, more)
}

func (c *compareNode) filter(f *frame, sel []int32) ([]int32, *Errors) {
	x, y, live, errs := c.operands(f, sel)
	return c.rows(f, x, y, live), errs
}

func (c *compareNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	x, y, live, errs := c.operands(f, sel)
	if x.Scalar && y.Scalar {
		if !c.total() && (kernel.HasNulls(x) || kernel.HasNulls(y)) {
			return f.null(c.t), errs
		}
		one := &frame{scope: f.scope, n: 1}
		return f.bool1(len(c.rows(one, x, y, nil)) == 1), errs
	}
	arr := f.bools(c.rows(f, x, y, live))
	if !c.total() && (kernel.HasNulls(x) || kernel.HasNulls(y)) {
		arr.Retain()
		arr = f.own(kernel.NullsOf(f.alloc, arr, x, y))
	}
	return kernel.Vector{Type: c.t, Arr: arr}, errs
}

// rows is the rows of live where the comparison holds.
func (c *compareNode) rows(f *frame, x, y kernel.Vector, live []int32) []int32 {
	out := f.buffer(count(f.n, live))
	nullX, nullY := kernel.HasNulls(x), kernel.HasNulls(y)
	if !nullX && !nullY {
		return c.match(out, x, y, f.n, live)
	}
	values := kernel.MatchNulls(f.buffer(len(out)), x, false, f.n, live)
	values = kernel.MatchNulls(values, y, false, f.n, values)
	hits := c.match(out, x, y, f.n, values)
	if !c.total() {
		return hits
	}
	null := kernel.MatchNulls(f.buffer(len(out)), x, true, f.n, live)
	if c.op == ir.Eq {
		return f.union(hits, kernel.MatchNulls(null, y, true, f.n, null))
	}
	null = kernel.MatchNulls(null, y, false, f.n, null)
	other := kernel.MatchNulls(f.buffer(len(out)), y, true, f.n, live)
	other = kernel.MatchNulls(other, x, false, f.n, other)
	return f.union(hits, f.union(null, other))
}

// isNullNode is `x is null`.
type isNullNode struct{ x node }

func (n *isNullNode) filter(f *frame, sel []int32) ([]int32, *Errors) {
	v, errs := n.x.eval(f, sel)
	live := f.without(sel, errs)
	return kernel.MatchNulls(f.buffer(count(f.n, live)), v, true, f.n, live), errs
}

func (n *isNullNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	return asVector(n, f, sel)
}

// inNode is `x in (...)`: equal to one of the items, all of which are evaluated.
type inNode struct {
	x     node
	items []node
	equal *compareNode // Eq on the items' type; its operands are not used
}

func (n *inNode) filter(f *frame, sel []int32) ([]int32, *Errors) {
	x, errs := n.x.eval(f, sel)
	live := f.without(sel, errs)
	items := make([]kernel.Vector, len(n.items))
	for i, item := range n.items {
		v, more := item.eval(f, live)
		items[i], live, errs = v, f.without(live, more), joined(f.n, errs, more)
	}
	var found []int32
	for _, item := range items {
		hits := n.equal.rows(f, x, item, live)
		if len(hits) > 0 {
			found, live = f.union(found, hits), f.minus(live, hits)
		}
	}
	if found == nil {
		found = []int32{}
	}
	return found, errs
}

func (n *inNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) { return asVector(n, f, sel) }
