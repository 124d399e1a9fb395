package build

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/join"
	"github.com/edynamic/edynamic/operators/keptjoin"
	"github.com/edynamic/edynamic/operators/windowjoin"
	"github.com/edynamic/edynamic/runtime/exec"
)

// paired makes the operators that read two inputs of different rows.
func (b *builder) paired(o *exec.Operator, n *plan.Node) error {
	if len(n.In) != 2 {
		return fmt.Errorf("it reads %d inputs, and pairs the rows of two", len(n.In))
	}
	left, right, out := b.edgeType(n.In[0]), b.edgeType(n.In[1]), n.Ports[0]
	switch op := n.Op.(type) {
	case *ir.Join:
		switch op.Bound {
		case ir.JoinWithin:
			o.Settles = true
			o.New = func() (operators.Operator, error) {
				return join.New(op, left.Columns, right.Columns, out.Columns, b.env)
			}
		case ir.JoinWindowed:
			o.Settles = true
			o.New = func() (operators.Operator, error) {
				return windowjoin.New(op, left.Columns, right.Columns, out.Columns, b.env)
			}
			return nil
		case ir.JoinKept:
			o.New = func() (operators.Operator, error) { return keptjoin.New(op, left, right, out, b.env) }
		default:
			return fmt.Errorf("there is no operator for a join bounded by %s", op.Bound)
		}
	default:
		return fmt.Errorf("there is no operator for %T", n.Op)
	}
	return b.splitBy(o, left, right)
}
