package top

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
)

// Keys implements operators.Parallel.
func (t *Top) Keys() []ir.Expr { return t.order.Keys() }

// Less implements operators.Parallel. The rows of a group are of one instance.
func (t *Top) Less(x *operators.Batch, i int, y *operators.Batch, j int) bool {
	return t.order.Less(x, i, y, j)
}
