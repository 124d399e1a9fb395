package where

import (
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
)

// nullCount counts the rows in which a value of the condition is null.
type nullCount struct {
	counter string
	value   operators.Eval
}

func nullCounts(items []ir.Item, columns []types.Column, env *operators.Env) ([]nullCount, error) {
	var out []nullCount
	for _, it := range items {
		value, err := env.Expr(it.Expr, columns)
		if err != nil {
			return nil, err
		}
		out = append(out, nullCount{"not matched because " + it.Name + " is null", value})
	}
	return out, nil
}

func (n nullCount) count(alloc memory.Allocator, b *operators.Batch, out operators.Output) {
	v, failed := n.value.Eval(alloc, b.Cols, b.Rows, b.Sel)
	nulls := int64(-len(failed))
	b.Each(func(r int) {
		if v.IsNull(r) {
			nulls++
		}
	})
	v.Arr.Release()
	if nulls > 0 {
		out.Count(n.counter, nulls)
	}
}
