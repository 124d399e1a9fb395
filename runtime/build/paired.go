package build

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/asof"
	"github.com/edynamic/edynamic/operators/join"
	"github.com/edynamic/edynamic/operators/keptjoin"
	"github.com/edynamic/edynamic/operators/lookup"
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
	case *ir.Asof:
		o.Settles = true
		o.New = func() (operators.Operator, error) {
			return asof.New(op, left.Columns, right.Columns, out.Columns, b.env)
		}
	case *ir.Lookup:
		b.merged[n.ID] = !op.First && b.share(n.In[0].Node, n.In[1].Node)
		o.Table, o.TableFirst = 2, op.First
		o.New = func() (operators.Operator, error) { return lookup.New(op, left, right, out, b.merged[n.ID], b.env) }
	default:
		return fmt.Errorf("there is no operator for %T", n.Op)
	}
	return b.splitBy(o, left, right)
}

// share reports that rows of two nodes come from one topic.
func (b *builder) share(x, y int) bool {
	topics := map[int]bool{}
	b.topicsAbove(x, topics)
	other := map[int]bool{}
	b.topicsAbove(y, other)
	for id := range topics {
		if other[id] {
			return true
		}
	}
	return false
}

func (b *builder) topicsAbove(id int, out map[int]bool) {
	n := b.g.Nodes[id]
	if _, ok := n.Op.(*plan.Topic); ok {
		out[id] = true
	}
	for _, e := range n.In {
		b.topicsAbove(e.Node, out)
	}
}
