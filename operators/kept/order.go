package kept

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Order is the order of rows that several instances of an operator emit when a
// watermark comes: by (end, start, group values), SEMANTICS 43.
type Order struct {
	by        []ir.Expr
	at        []int // where the output has them
	windows   [2]int
	sortable  bool
	hasWindow bool
}

// NewOrder finds in the columns of an output what rows are ordered by.
func NewOrder(by []ir.Expr, out []types.Column, windowed bool) Order {
	o := Order{by: by, sortable: true, hasWindow: windowed}
	o.windows = [2]int{operators.ColumnIndex(out, types.WindowEnd), operators.ColumnIndex(out, types.WindowStart)}
	for _, e := range by {
		at := -1
		if c, ok := e.(*ir.Column); ok {
			at = operators.ColumnIndex(out, c.Name)
		}
		o.at = append(o.at, at)
		o.sortable = o.sortable && at >= 0
	}
	if windowed {
		o.sortable = o.sortable && o.windows[0] >= 0 && o.windows[1] >= 0
	}
	return o
}

// Keys is what rows may be dealt out by to instances: nothing where the output does
// not show what they would have to be put in order by.
func (o Order) Keys(int) []ir.Expr {
	if !o.sortable {
		return nil
	}
	return o.by
}

// Less tells of rows of x and y which comes first.
func (o Order) Less(x, y *operators.Batch) func(i, j int) bool {
	var orders []func(i, j int) int
	if o.hasWindow {
		for _, at := range o.windows {
			orders = append(orders, kernel.Compares(types.TTimestamp, x.Cols[at], y.Cols[at]))
		}
	}
	for k, at := range o.at {
		orders = append(orders, kernel.Compares(o.by[k].Type(), x.Cols[at], y.Cols[at]))
	}
	return kernel.AllLess(orders)
}
