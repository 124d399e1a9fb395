// Package vm runs typed expressions over batches of Arrow arrays.
//
// An expression is compiled once to a tree of nodes, each of which computes a
// whole batch per call: rows are chosen by selection vectors, never by branching
// per row, and rows that fail are data beside the values, never a panic. A program
// reads no clock, keeps nothing from batch to batch, and takes all memory of an
// evaluation from the allocator it is given.
package vm

import (
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Env is what an expression refers to besides the columns of its rows.
type Env struct {
	// Function finds the kernel of an overload of a built-in function and the
	// signature that says which parameters take nulls; a nil kernel when there is none.
	Function func(name string, overload int) (kernel.Kernel, *sig.Signature)
	// Params are the values of `param`s by name, as in package types.
	Params map[string]any
}

// Program is a compiled expression. It does not change any more, and may be
// evaluated by several goroutines at once.
type Program struct {
	t    *types.Type
	root node
	pool *sync.Pool // of *[]int32
}

// Type is the type of the result.
func (p *Program) Type() *types.Type { return p.t }

// Input is one batch.
type Input struct {
	Alloc memory.Allocator
	Cols  []arrow.Array // in the order of the columns given to Compile
	Rows  int           // the length of each
	Sel   []int32       // the rows to compute, ascending; nil for all
}

// Result is the value of an expression for a batch. What the vector holds in rows
// that were not selected or that failed does not matter.
type Result struct {
	// Vector is an array of the batch's length or, with Scalar, of length 1.
	Vector kernel.Vector
	// Errors is nil when no selected row failed.
	Errors *Errors
}

// Release gives the array back.
func (r Result) Release() { r.Vector.Arr.Release() }

// Array is the values as an array of n elements, the batch's length, that belongs
// to the caller.
func (r Result) Array(alloc memory.Allocator, n int) arrow.Array {
	if r.Vector.Scalar {
		return kernel.Repeat(alloc, r.Vector.Arr, n)
	}
	r.Vector.Arr.Retain()
	return r.Vector.Arr
}

// Eval computes the expression. The result is the caller's to release.
func (p *Program) Eval(in Input) Result {
	f := p.frame(in)
	defer f.close()
	v, errs := p.root.eval(f, in.Sel)
	v.Type = p.t
	v.Arr.Retain()
	return Result{Vector: v, Errors: errs}
}

// EvalBool finds the selected rows where a condition is true, in ascending order.
// The slice is the caller's, and never nil.
func (p *Program) EvalBool(in Input) (sel []int32, errs *Errors) {
	f := p.frame(in)
	defer f.close()
	rows, errs := filter(p.root, f, in.Sel)
	return append(make([]int32, 0, len(rows)), rows...), errs
}

func (p *Program) frame(in Input) *frame {
	return &frame{scope: &scope{alloc: in.Alloc, pool: p.pool}, n: in.Rows, cols: in.Cols}
}

// Compile translates an expression over rows of the given columns. An error is a
// mistake of the compiler or of the environment, never of the user.
func Compile(e ir.Expr, cols []types.Column, env Env) (*Program, error) {
	pool := &sync.Pool{}
	c := &compiler{cols: cols, env: env, pool: pool}
	root, err := c.node(e)
	if err != nil {
		return nil, err
	}
	return &Program{t: e.Type(), root: root, pool: pool}, nil
}

// CompileAll compiles several expressions over the same columns.
func CompileAll(exprs []ir.Expr, cols []types.Column, env Env) ([]*Program, error) {
	out := make([]*Program, len(exprs))
	for i, e := range exprs {
		p, err := Compile(e, cols, env)
		if err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}
