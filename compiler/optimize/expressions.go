package optimize

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
)

// expressions maps the expressions of operators and notes whether any changed.
type expressions struct {
	f       func(ir.Expr) ir.Expr
	changed bool
}

// operator is an operator over mapped expressions: the old one where none changed.
func (x *expressions) operator(op plan.Op) plan.Op {
	before := x.changed
	x.changed = false
	mapped := x.mapped(op)
	if !x.changed {
		mapped = op
	}
	x.changed = x.changed || before
	return mapped
}

func (x *expressions) mapped(op plan.Op) plan.Op {
	switch op := op.(type) {
	case *plan.Route:
		return &plan.Route{Name: op.Name, All: op.All, Replaces: op.Replaces, Whens: x.exprs(op.Whens), Shared: x.items(op.Shared)}
	case *ir.Where:
		return &ir.Where{Cond: x.expr(op.Cond), Nulls: x.items(op.Nulls), Replaces: op.Replaces}
	case *ir.Project:
		return &ir.Project{Items: x.items(op.Items)}
	case *ir.Require:
		c := *op
		c.Values = x.exprs(op.Values)
		return &c
	case *ir.Unnest:
		c := *op
		c.Expr = x.expr(op.Expr)
		return &c
	case *ir.Time:
		return &ir.Time{Expr: x.expr(op.Expr), Delay: op.Delay}
	case *ir.Window:
		if op.Kind != ir.WindowSpan {
			return op
		}
		c := *op
		c.From, c.To = x.expr(op.From), x.expr(op.To)
		return &c
	case *ir.Aggregate:
		return x.aggregate(op)
	case *ir.Top:
		c := *op
		c.By, c.Per = x.orders(op.By), x.exprs(op.Per)
		return &c
	case *ir.Latest:
		c := *op
		c.By = x.exprs(op.By)
		return &c
	case *ir.Upserts:
		c := *op
		c.By = x.exprs(op.By)
		if op.DeleteWhen != nil {
			c.DeleteWhen = x.expr(op.DeleteWhen)
		}
		return &c
	case *ir.View:
		return x.view(op)
	case *ir.Dedup:
		c := *op
		c.By = x.exprs(op.By)
		return &c
	case *ir.Sort:
		c := *op
		c.By = x.orders(op.By)
		return &c
	case *ir.Over:
		return x.over(op)
	case *ir.Hold:
		c := *op
		c.While, c.Per = x.expr(op.While), x.exprs(op.Per)
		return &c
	case *ir.Silent:
		c := *op
		c.Per = x.items(op.Per)
		return &c
	case *ir.Throttle:
		c := *op
		c.Per = x.exprs(op.Per)
		return &c
	case *ir.Changed:
		c := *op
		c.Exprs, c.Per = x.exprs(op.Exprs), x.exprs(op.Per)
		return &c
	case *ir.Sample:
		return &ir.Sample{Fraction: op.Fraction, By: x.exprs(op.By), Replaces: op.Replaces}
	case *ir.Match:
		return x.match(op)
	case *ir.Into:
		return &ir.Into{Topic: op.Topic, Items: x.items(op.Items)}
	case *ir.Join:
		c := *op
		c.Sides = x.sides(op.Sides)
		return &c
	case *ir.Asof:
		c := *op
		c.Sides = x.sides(op.Sides)
		return &c
	case *ir.Lookup:
		c := *op
		c.Sides = x.sides(op.Sides)
		return &c
	case *plan.Topic, *plan.Drop, *plan.Sink, *ir.KeyBy, *ir.Clock, *ir.WindowNone, *ir.Limit, *ir.Union, *ir.Changes, *ir.Expire, *ir.OnTime:
		return op
	default:
		return op
	}
}

func (x *expressions) aggregate(op *ir.Aggregate) *ir.Aggregate {
	c := *op
	c.By, c.Items = x.items(op.By), x.items(op.Items)
	c.Aggs = make([]ir.AggCall, len(op.Aggs))
	for i, a := range op.Aggs {
		c.Aggs[i] = x.call(a)
	}
	if b := op.Best; b != nil {
		c.Best = &ir.Best{N: b.N, By: x.orders(b.By), Per: x.exprs(b.Per), Ties: b.Ties, Dropped: b.Dropped}
	}
	return &c
}

func (x *expressions) view(op *ir.View) *ir.View {
	c := *op
	c.Keys = x.items(op.Keys)
	c.States, c.Reducers = slices.Clone(op.States), slices.Clone(op.Reducers)
	for i := range c.States {
		c.States[i].Init = x.expr(c.States[i].Init)
	}
	for i := range c.Reducers {
		r := &c.Reducers[i]
		if r.When != nil {
			r.When = x.expr(r.When)
		}
		r.Set = x.items(r.Set)
	}
	return &c
}

func (x *expressions) call(a ir.AggCall) ir.AggCall {
	a.Args = x.exprs(a.Args)
	if a.Where != nil {
		a.Where = x.expr(a.Where)
	}
	return a
}

func (x *expressions) match(op *ir.Match) *ir.Match {
	c := *op
	c.Per, c.Emit, c.Timeout = x.exprs(op.Per), x.items(op.Emit), x.items(op.Timeout)
	c.With, c.Defines, c.Calls = slices.Clone(op.With), slices.Clone(op.Defines), slices.Clone(op.Calls)
	for i := range c.With {
		c.With[i].Per = x.exprs(c.With[i].Per)
	}
	for i := range c.Defines {
		c.Defines[i].Cond = x.expr(c.Defines[i].Cond)
	}
	for i := range c.Calls {
		c.Calls[i].Call = x.call(c.Calls[i].Call)
	}
	return &c
}

func (x *expressions) over(op *ir.Over) *ir.Over {
	c := *op
	c.Per, c.By = x.exprs(op.Per), x.orders(op.By)
	c.Calls = make([]ir.OverCall, len(op.Calls))
	for i, call := range op.Calls {
		call.Args = x.exprs(call.Args)
		if call.Default != nil {
			call.Default = x.expr(call.Default)
		}
		c.Calls[i] = call
	}
	return &c
}

func (x *expressions) sides(s ir.Sides) ir.Sides {
	if s.On != nil {
		s.On = x.expr(s.On)
	}
	return s
}

func (x *expressions) expr(e ir.Expr) ir.Expr {
	out := ir.Rewrite(e, x.f)
	x.changed = x.changed || out != e
	return out
}

func (x *expressions) exprs(list []ir.Expr) []ir.Expr {
	if list == nil {
		return nil
	}
	out := make([]ir.Expr, len(list))
	for i, e := range list {
		out[i] = x.expr(e)
	}
	return out
}

func (x *expressions) items(list []ir.Item) []ir.Item {
	if list == nil {
		return nil
	}
	out := make([]ir.Item, len(list))
	for i, it := range list {
		out[i] = ir.Item{Name: it.Name, Expr: x.expr(it.Expr), Hidden: it.Hidden}
	}
	return out
}

func (x *expressions) orders(list []ir.Order) []ir.Order {
	if list == nil {
		return nil
	}
	out := make([]ir.Order, len(list))
	for i, o := range list {
		out[i] = ir.Order{Expr: x.expr(o.Expr), Desc: o.Desc}
	}
	return out
}
