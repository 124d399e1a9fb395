package lower

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// matchNeeds is what a match needs of each input: its key, its conditions, and what
// the items that somebody reads take of its rows.
func matchNeeds(op *ir.Match, out *paths) []*paths {
	in := make([]*paths, len(op.With)+1)
	for i := range in {
		in[i] = &paths{}
		exprsNeed(in[i], op.PerOf(i))
	}
	defines := map[string]*paths{}
	for _, d := range op.Defines {
		in[d.Input].expr(d.Cond)
		defines[d.Name] = in[d.Input]
	}
	read := &paths{}
	for _, it := range slices.Concat(op.Emit, op.Timeout) {
		if out.has(it.Name) {
			read.expr(it.Expr)
		}
	}
	for i, c := range op.Calls {
		if read.has(ir.CallColumn(i)) {
			exprsNeed(in[op.Defines[c.Define].Input], c.Call.Args)
		}
	}
	for name, kid := range read.kids {
		if of := defines[name]; of != nil {
			merge(of, kid)
		}
	}
	return in
}

// narrowMatch leaves out the items that nobody reads.
func narrowMatch(n *plan.Node, op *ir.Match, need *paths) {
	unread := func(it ir.Item) bool { return !need.has(it.Name) }
	c := *op
	c.Emit = slices.DeleteFunc(slices.Clone(op.Emit), unread)
	c.Timeout = slices.DeleteFunc(slices.Clone(op.Timeout), unread)
	n.Op = &c
	keepColumns(n, 0, func(c types.Column) bool { return need.has(c.Name) })
}
