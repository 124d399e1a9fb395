package route_test

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// program is a compiled expression as operators see it.
type program struct{ p *vm.Program }

func (p program) Eval(alloc memory.Allocator, cols []arrow.Array, rows int, sel []int32) (kernel.Vector, []operators.Failure) {
	r := p.p.Eval(vm.Input{Alloc: alloc, Cols: cols, Rows: rows, Sel: sel})
	var failed []operators.Failure
	r.Errors.Each(func(row int, code, reason string) {
		failed = append(failed, operators.Failure{Row: row, Code: code, Reason: reason})
	})
	return r.Vector, failed
}
