package vm

import (
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// callNode runs a kernel: a function, an arithmetic operator or a cast. A null in
// an argument that takes none gives null without a call.
type callNode struct {
	t         *types.Type
	kernel    kernel.Kernel
	args      []node // nil where lambdas has one
	argTypes  []*types.Type
	takesNull []bool
	lambdas   []node // the bodies, nil when there is none at all
	// dense kernels compute every row, whatever is selected, so that leaving nulls out
	// beforehand would be wasted.
	dense bool
}

func (c *callNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	args, live, errs := c.arguments(f, sel)
	scalar := c.lambdas == nil
	for i, v := range args {
		if c.args[i] == nil {
			continue
		}
		if v.Scalar && !c.takesNull[i] && kernel.HasNulls(v) {
			return f.null(c.t), errs
		}
		scalar = scalar && v.Scalar
	}
	rows := live
	if !scalar && !c.dense {
		rows = c.withValues(f, args, live)
	}
	if count(f.n, rows) == 0 {
		return f.null(c.t), errs
	}
	if scalar {
		v, failure := c.once(f, args)
		if failure != nil {
			errs = joined(f.n, errs, everyRow(f.n, live, failure.Code, failure.Reason))
		}
		return v, errs
	}
	v, more := c.call(f, args, f.n, rows)
	return v, joined(f.n, errs, more)
}

func (c *callNode) arguments(f *frame, sel []int32) (args []kernel.Vector, live []int32, errs *Errors) {
	args, live = make([]kernel.Vector, len(c.args)), sel
	for i, a := range c.args {
		if a == nil {
			args[i].Type = c.argTypes[i]
			continue
		}
		v, more := a.eval(f, live)
		v.Type = c.argTypes[i]
		args[i], live, errs = v, f.without(live, more), joined(f.n, errs, more)
	}
	return args, live, errs
}

// withValues is the rows of live where no argument is null that must not be.
func (c *callNode) withValues(f *frame, args []kernel.Vector, live []int32) []int32 {
	for i, v := range args {
		if c.args[i] != nil && !c.takesNull[i] && kernel.HasNulls(v) {
			live = kernel.MatchNulls(f.buffer(count(f.n, live)), v, false, f.n, live)
		}
	}
	return live
}

// once computes the one value of a call without columns.
func (c *callNode) once(f *frame, args []kernel.Vector) (kernel.Vector, *Failure) {
	if c.dense { // its loops are for arrays on one side at least
		args = append([]kernel.Vector(nil), args...)
		for i := range args {
			args[i].Scalar = false
		}
	}
	v, errs := c.call(f, args, 1, nil)
	v.Scalar = true
	if errs.Any() {
		return v, &errs.list[0]
	}
	return v, nil
}

func (c *callNode) call(f *frame, args []kernel.Vector, n int, rows []int32) (kernel.Vector, *Errors) {
	var failures []Failure
	call := &kernel.Call{
		Alloc: f.alloc, N: n, Sel: rows, Args: args, Result: c.t,
		OnFail: func(row int, reason string) {
			failures = append(failures, Failure{Row: int32(row), Code: kernel.CodeFailed, Reason: reason})
		},
		OnTrap: func(row int, code, reason string) {
			failures = append(failures, Failure{Row: int32(row), Code: code, Reason: reason})
		},
	}
	if c.lambdas != nil {
		call.Lambdas = c.closures(f, &failures)
	}
	arr := c.kernel(call)
	for i, v := range args {
		if c.args[i] != nil && !c.takesNull[i] {
			arr = kernel.NullsOf(f.alloc, arr, v)
		}
	}
	if c.dense {
		failures = withoutNulls(failures, args)
	}
	return kernel.Vector{Type: c.t, Arr: f.own(arr)}, newErrors(n, failures)
}

// withoutNulls drops what a dense kernel reported of rows that have no value.
func withoutNulls(failures []Failure, args []kernel.Vector) []Failure {
	kept := failures[:0]
next:
	for _, x := range failures {
		for _, v := range args {
			if v.IsNull(int(x.Row)) {
				continue next
			}
		}
		kept = append(kept, x)
	}
	return kept
}

// closures are the lambdas among the arguments as functions over arrays.
func (c *callNode) closures(f *frame, failures *[]Failure) []kernel.Lambda {
	out := make([]kernel.Lambda, len(c.lambdas))
	for i, body := range c.lambdas {
		if body == nil {
			continue
		}
		t := c.argTypes[i].Elem
		out[i] = func(n int, rows []int32, params ...kernel.Vector) kernel.Vector {
			if n == 0 {
				return kernel.Vector{Type: t, Arr: nulls(f.alloc, t, 0)}
			}
			inner := &frame{scope: f.scope, n: n, up: f, rows: rows, locals: params}
			v, errs := body.eval(inner, nil)
			errs.Each(func(element int, code, reason string) {
				*failures = append(*failures, Failure{Row: rows[element], Code: code, Reason: reason})
			})
			arr := inner.expand(v)
			arr.Retain()
			return kernel.Vector{Type: t, Arr: arr}
		}
	}
	return out
}
