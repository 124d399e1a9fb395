package build

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/match"
	"github.com/edynamic/edynamic/runtime/exec"
)

// match makes the operator of patterns, which may have several inputs, and names the
// topics that late rows of the further ones go to.
func (b *builder) match(o *exec.Operator, n *plan.Node, op *ir.Match) (sides []string, err error) {
	ins := make([]*types.Stream, len(n.In))
	cols := make([][]types.Column, len(n.In))
	for i, e := range n.In {
		ins[i] = b.g.Nodes[e.Node].Ports[e.Port]
		cols[i] = ins[i].Columns
	}
	o.Settles = true
	o.New = func() (operators.Operator, error) { return match.New(op, cols, n.Ports[0].Columns, b.env) }
	for _, in := range op.With {
		if in.LateTo != nil && !in.LateTo.Drop {
			sides = append(sides, in.LateTo.Topic)
		}
	}
	return sides, b.splitBy(o, ins...)
}
