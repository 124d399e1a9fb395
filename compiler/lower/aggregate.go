package lower

import (
	"slices"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// resultPrefix begins the names of the columns that hold the results of calls.
const resultPrefix = "$agg"

// aggregateNeeds: an item that nobody reads is not evaluated, nor are the calls that
// only such items use. What is grouped by decides which rows there are, so all of it
// is needed.
func aggregateNeeds(op *ir.Aggregate, out, in *paths) {
	for _, b := range op.By {
		in.expr(b.Expr)
	}
	for _, i := range callsOf(readItems(op, out)) {
		a := op.Aggs[i]
		exprsNeed(in, a.Args)
		if a.Where != nil {
			in.expr(a.Where)
		}
	}
	windowNeeds(in, op.Windowed)
}

// ordered reports that a result which somebody reads depends on the times of rows.
func ordered(op *ir.Aggregate, out *paths) bool {
	return slices.ContainsFunc(callsOf(readItems(op, out)), func(i int) bool { return !orderless(&op.Aggs[i]) })
}

func readItems(op *ir.Aggregate, out *paths) []ir.Item {
	return slices.DeleteFunc(slices.Clone(op.Items), func(it ir.Item) bool { return !out.has(it.Name) })
}

// callsOf are the calls whose results items use, ascending.
func callsOf(items []ir.Item) []int {
	var calls []int
	var walk func(e ir.Expr)
	walk = func(e ir.Expr) {
		if i, ok := callOf(e); ok && !slices.Contains(calls, i) {
			calls = append(calls, i)
		}
		for _, c := range ir.Children(e) {
			walk(c)
		}
	}
	for _, it := range items {
		walk(it.Expr)
	}
	slices.Sort(calls)
	return calls
}

// callOf is the call whose result an expression is.
func callOf(e ir.Expr) (int, bool) {
	c, ok := e.(*ir.Column)
	if !ok {
		return 0, false
	}
	number, ok := strings.CutPrefix(c.Name, resultPrefix)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(number)
	return i, err == nil
}

// narrowAggregate leaves the items that are read, and numbers the calls they use anew.
func narrowAggregate(n *plan.Node, op *ir.Aggregate, need *paths) {
	items := readItems(op, need)
	if len(items) == len(op.Items) {
		return
	}
	calls := callsOf(items)
	c := *op
	c.Aggs, c.Items = make([]ir.AggCall, len(calls)), make([]ir.Item, len(items))
	for at, i := range calls {
		c.Aggs[at] = op.Aggs[i]
	}
	for at, it := range items {
		it.Expr = ir.Rewrite(it.Expr, func(e ir.Expr) ir.Expr {
			i, ok := callOf(e)
			if !ok {
				return e
			}
			moved := *e.(*ir.Column)
			moved.Name = resultPrefix + strconv.Itoa(slices.Index(calls, i))
			return &moved
		})
		c.Items[at] = it
	}
	n.Op = &c
	keepColumns(n, 0, func(col types.Column) bool {
		return need.has(col.Name) || !slices.ContainsFunc(op.Items, func(it ir.Item) bool { return it.Name == col.Name })
	})
}
