package aggregate

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Calls computes aggregates of rows that are there all at once, for operators that
// keep rows themselves. It keeps nothing from one use to the next.
type Calls struct{ calls []*call }

// NewCalls compiles calls without `where` for rows of some columns.
func NewCalls(specs []ir.AggCall, in []types.Column, env *operators.Env) (*Calls, error) {
	c := &Calls{}
	for i := range specs {
		one, err := newCall(&specs[i], in, env)
		if err != nil {
			return nil, err
		}
		c.calls = append(c.calls, one)
	}
	return c, nil
}

// Results gives an array for each call, of n groups; groups[row] is the group a row
// of the batch belongs to, whose rows stand in order. A group without a result is
// reported by fail.
func (c *Calls) Results(alloc memory.Allocator, b *operators.Batch, groups []int32, n int, fail func(group int, code, reason string)) []arrow.Array {
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	out := make([]arrow.Array, len(c.calls))
	for i, one := range c.calls {
		agg := one.new()
		agg.Grow(n)
		rows := &operators.Rows{Alloc: alloc, Batch: b, Sel: b.Sel}
		args := rows.All(one.args)
		sel := rows.Sel
		for j, v := range args {
			if one.skips[j] && v.Arr.NullN() > 0 {
				sel = keycode.AppendValid(make([]int32, 0, b.Rows), v, b.Rows, sel)
			}
		}
		agg.Add(&kernel.AggCall{Alloc: alloc, N: b.Rows, Rows: sel, Groups: groups, Args: args, Time: b.Time})
		operators.ReleaseAll(args)
		for _, f := range rows.Failed {
			fail(int(groups[f.Row]), f.Code, f.Reason)
		}
		out[i] = agg.Result(alloc, all, func(g int, reason string) { fail(g, one.code, reason) })
	}
	return out
}
