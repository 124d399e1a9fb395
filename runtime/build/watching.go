package build

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/changed"
	"github.com/edynamic/edynamic/operators/hold"
	"github.com/edynamic/edynamic/operators/silent"
	"github.com/edynamic/edynamic/operators/throttle"
	"github.com/edynamic/edynamic/runtime/exec"
)

// watching makes the operators that watch rows in order of time, and names the topics
// of their `else ->`.
func (b *builder) watching(o *exec.Operator, op plan.Op, in, out *types.Stream) (sides []string, err error) {
	o.Settles = true
	switch op := op.(type) {
	case *ir.Hold:
		o.New = func() (operators.Operator, error) { return hold.New(op, in.Columns, out.Columns, b.env) }
	case *ir.Silent:
		o.New = func() (operators.Operator, error) { return silent.New(op, in.Columns, out.Columns, b.env) }
	case *ir.Throttle:
		o.New = func() (operators.Operator, error) { return throttle.New(op, in.Columns, out.Columns, b.env) }
		if op.Else != nil && !op.Else.Drop {
			sides = append(sides, op.Else.Topic)
		}
	case *ir.Changed:
		o.New = func() (operators.Operator, error) { return changed.New(op, in.Columns, out.Columns, b.env) }
	default:
		return nil, fmt.Errorf("there is no operator for %T", op)
	}
	return sides, b.splitBy(o, in)
}
