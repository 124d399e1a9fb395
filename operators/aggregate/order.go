package aggregate

import (
	"cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Keys implements operators.Parallel. With updates at ticks every instance would
// need to see all rows to know the time, so that there is one; to fill empty windows
// every instance would need to know which windows have rows.
func (a *Aggregate) Keys(int) []ir.Expr {
	if a.updates != nil && a.updates.ticks.Every > 0 || a.spec.AtOnce || a.fill != nil {
		return nil
	}
	by := a.spec.By
	if f := a.spec.Find; f != nil && (f.Kind == ir.WindowSession || f.Kind == ir.WindowSliding) { // its windows are those of `per`
		if a.spec.Emit != "final" && a.spec.EmitEvery > 0 {
			return nil
		}
		by = by[:len(a.spec.Find.Per)]
	}
	keys := make([]ir.Expr, len(by))
	for i, b := range by {
		keys[i] = b.Expr
	}
	return keys
}

// Less implements operators.Parallel: by (end, start, group values). Rows of a topic
// without `time` have none, and are groups all the same.
func (a *Aggregate) Less(x, y *operators.Batch) func(i, j int) bool {
	var orders []func(i, j int) int
	if x.Time != nil && y.Time != nil {
		orders = append(orders, func(i, j int) int { return cmp.Compare(x.Time[i], y.Time[j]) })
	}
	if at := operators.ColumnIndex(a.out, types.WindowStart); at >= 0 {
		orders = append(orders, kernel.Compares(types.TTimestamp, x.Cols[at], y.Cols[at]))
	}
	for _, c := range a.byCols {
		if at := operators.ColumnIndex(a.out, c.Name); at >= 0 {
			orders = append(orders, kernel.Compares(c.Type, x.Cols[at], y.Cols[at]))
		}
	}
	return kernel.AllLess(orders)
}
