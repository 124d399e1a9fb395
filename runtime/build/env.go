package build

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/stdlib"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// newEnv is what operators need: compiled expressions and aggregates.
func newEnv(params map[string]any, own *ownFunctions) *operators.Env {
	find := func(name string, overload int) (kernel.Kernel, *sig.Signature) {
		if overload == ir.Declared {
			return own.function(name)
		}
		return function(name, overload)
	}
	env := vm.Env{Function: find, Params: params}
	return &operators.Env{
		Compile: func(e ir.Expr, cols []types.Column) (operators.Eval, error) {
			p, err := vm.Compile(e, cols, env)
			if err != nil {
				return nil, err
			}
			return program{p}, nil
		},
		Aggregate: func(name string) (*sig.Aggregate, []kernel.NewAggregator) {
			if doc, kinds := own.aggregate(name); doc != nil {
				return doc, kinds
			}
			a := stdlib.LookupAggregate(name)
			if a == nil {
				return nil, nil
			}
			return &a.Aggregate, a.New
		},
	}
}

func function(name string, overload int) (kernel.Kernel, *sig.Signature) {
	f := stdlib.Lookup(name)
	if f == nil || overload >= len(f.Kernels) {
		return nil, nil
	}
	return f.Kernels[overload], &f.Overloads[overload]
}

// program is a compiled expression as operators see it.
type program struct{ p *vm.Program }

func (p program) Eval(alloc memory.Allocator, cols []arrow.Array, rows int, sel []int32) (kernel.Vector, []operators.Failure) {
	r := p.p.Eval(vm.Input{Alloc: alloc, Cols: cols, Rows: rows, Sel: sel})
	return r.Vector, failures(r.Errors)
}

// Select implements operators.Cond.
func (p program) Select(alloc memory.Allocator, cols []arrow.Array, rows int, sel []int32) ([]int32, []operators.Failure) {
	held, errs := p.p.EvalBool(vm.Input{Alloc: alloc, Cols: cols, Rows: rows, Sel: sel})
	return held, failures(errs)
}

// failures lists the rows that failed, nil for none.
func failures(errs *vm.Errors) []operators.Failure {
	var failed []operators.Failure
	errs.Each(func(row int, code, reason string) {
		failed = append(failed, operators.Failure{Row: row, Code: code, Reason: reason})
	})
	return failed
}
