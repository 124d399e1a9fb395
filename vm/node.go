package vm

import (
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// node is one compiled expression. It computes the rows of a selection; what its
// vector holds in other rows, or in rows that failed, does not matter, but the
// array is well formed. Errors are of selected rows only. The vector belongs to
// the frame's scope.
type node interface {
	eval(f *frame, sel []int32) (kernel.Vector, *Errors)
}

// condition is a node that finds the rows where it is true without building an
// array. The rows are a part of sel, may share its memory, and are never nil.
type condition interface {
	node
	filter(f *frame, sel []int32) ([]int32, *Errors)
}

// filter finds the rows where any boolean node is true.
func filter(x node, f *frame, sel []int32) ([]int32, *Errors) {
	if c, ok := x.(condition); ok {
		return c.filter(f, sel)
	}
	v, errs := x.eval(f, sel)
	live := f.without(sel, errs)
	out := f.buffer(count(f.n, live))
	if kernel.HasNulls(v) {
		live = kernel.MatchNulls(out, v, false, f.n, live)
	}
	return kernel.MatchTrue(out, v, f.n, live), errs
}

// asVector evaluates a condition that is never null.
func asVector(c condition, f *frame, sel []int32) (kernel.Vector, *Errors) {
	rows, errs := c.filter(f, sel)
	return kernel.Vector{Type: types.TBoolean, Arr: f.bools(rows)}, errs
}

// constNode is a value known when the program was compiled.
type constNode struct{ v kernel.Vector }

func (c *constNode) eval(*frame, []int32) (kernel.Vector, *Errors) { return c.v, nil }

type columnNode struct {
	t     *types.Type
	index int
}

func (c *columnNode) eval(f *frame, _ []int32) (kernel.Vector, *Errors) {
	return f.column(c.index, c.t), nil
}

// localNode reads a parameter of the lambda that is depth lambdas further out.
type localNode struct {
	t            *types.Type
	depth, index int
}

func (l *localNode) eval(f *frame, _ []int32) (kernel.Vector, *Errors) {
	v := f.local(l.depth, l.index)
	v.Type = l.t
	return v, nil
}

// retypeNode gives a value the type of its place, which differs in nullability or
// names alone.
type retypeNode struct {
	t *types.Type
	x node
}

func (r *retypeNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	v, errs := r.x.eval(f, sel)
	v.Type = r.t
	return v, errs
}
