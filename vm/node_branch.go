package vm

import (
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// andNode looks at y only where x is true.
type andNode struct{ x, y node }

func (a *andNode) filter(f *frame, sel []int32) ([]int32, *Errors) {
	rows, errs := filter(a.x, f, sel)
	if len(rows) == 0 {
		return rows, errs
	}
	rows, more := filter(a.y, f, rows)
	return rows, joined(f.n, errs, more)
}

func (a *andNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) { return asVector(a, f, sel) }

// orNode looks at y only where x is false.
type orNode struct{ x, y node }

func (o *orNode) filter(f *frame, sel []int32) ([]int32, *Errors) {
	rows, errs := filter(o.x, f, sel)
	rest := f.minus(f.without(sel, errs), rows)
	if len(rest) == 0 {
		return rows, errs
	}
	others, more := filter(o.y, f, rest)
	return f.union(rows, others), joined(f.n, errs, more)
}

func (o *orNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) { return asVector(o, f, sel) }

// notNode turns a boolean round; null stays null.
type notNode struct {
	t *types.Type
	x node
}

func (x *notNode) filter(f *frame, sel []int32) ([]int32, *Errors) {
	if x.t.Nullable {
		v, errs := x.eval(f, sel)
		return trueRows(f, v, f.without(sel, errs)), errs
	}
	rows, errs := filter(x.x, f, sel)
	return f.minus(f.without(sel, errs), rows), errs
}

func (x *notNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	if !x.t.Nullable {
		return asVector(x, f, sel)
	}
	v, errs := x.x.eval(f, sel)
	live := f.without(sel, errs)
	arr := f.bools(f.minus(live, trueRows(f, v, live)))
	if kernel.HasNulls(v) {
		arr.Retain()
		arr = f.own(kernel.NullsOf(f.alloc, arr, v))
	}
	return kernel.Vector{Type: x.t, Arr: arr}, errs
}

// trueRows is the rows of live where a boolean that may be null is true.
func trueRows(f *frame, v kernel.Vector, live []int32) []int32 {
	out := f.buffer(count(f.n, live))
	if kernel.HasNulls(v) {
		live = kernel.MatchNulls(out, v, false, f.n, live)
	}
	return kernel.MatchTrue(out, v, f.n, live)
}

type ifNode struct {
	t              *types.Type
	cond, yes, not node
}

func (x *ifNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	rows, errs := filter(x.cond, f, sel)
	rest := f.minus(f.without(sel, errs), rows)
	return either(f, x.t, x.yes, rows, x.not, rest, errs)
}

// either evaluates a for some rows and b for others.
func either(f *frame, t *types.Type, a node, rowsA []int32, b node, rowsB []int32, errs *Errors) (kernel.Vector, *Errors) {
	var va, vb kernel.Vector
	var ea, eb *Errors
	if len(rowsA) > 0 || len(rowsB) == 0 {
		va, ea = a.eval(f, rowsA)
	}
	if len(rowsB) > 0 {
		vb, eb = b.eval(f, rowsB)
	}
	errs = joined(f.n, errs, joined(f.n, ea, eb))
	switch {
	case len(rowsB) == 0:
		va.Type = t
		return va, errs
	case len(rowsA) == 0:
		vb.Type = t
		return vb, errs
	}
	return choose(f, t, va, rowsA, vb, rowsB), errs
}

// coalesceNode gives y where x is null or, with errors, failed.
type coalesceNode struct {
	t      *types.Type
	x, y   node
	errors bool
}

func (c *coalesceNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	v, errs := c.x.eval(f, sel)
	live := f.without(sel, errs)
	null := kernel.MatchNulls(f.buffer(count(f.n, live)), v, true, f.n, live)
	need, kept := null, count(f.n, live)-len(null)
	if c.errors {
		need, errs = f.union(null, errs.Rows()), nil
	}
	v.Type = c.t
	if len(need) == 0 {
		return v, errs
	}
	other, more := c.y.eval(f, need)
	errs = joined(f.n, errs, more)
	other.Type = c.t
	if kept == 0 {
		return other, errs
	}
	if arr := overlay(f, c.t, v, other, need); arr != nil {
		return kernel.Vector{Type: c.t, Arr: arr}, errs
	}
	if len(null) > 0 {
		live = f.minus(live, null)
	}
	return choose(f, c.t, v, live, other, need), errs
}

// tryNode gives null where x failed.
type tryNode struct {
	t *types.Type
	x node
}

func (x *tryNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	v, errs := x.x.eval(f, sel)
	v.Type = x.t
	if !errs.Any() {
		return v, nil
	}
	if len(errs.list) == count(f.n, sel) {
		return f.null(x.t), nil
	}
	arr := f.expand(v)
	valid := kernel.NewValidity(f.alloc, f.n)
	valid.And(arr)
	for _, e := range errs.list {
		valid.Clear(int(e.Row))
	}
	v.Arr, v.Scalar = f.own(valid.Put(f.alloc, arr)), false
	return v, nil
}
