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
		return &plan.Route{Name: op.Name, All: op.All, Whens: x.exprs(op.Whens)}
	case *ir.Where:
		return &ir.Where{Cond: x.expr(op.Cond), Nulls: x.items(op.Nulls)}
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
	case *ir.Sample:
		return &ir.Sample{Fraction: op.Fraction, By: x.exprs(op.By)}
	case *ir.Into:
		return &ir.Into{Topic: op.Topic, Items: x.items(op.Items)}
	case *plan.Topic, *plan.Drop, *plan.Sink, *ir.KeyBy, *ir.Window, *ir.WindowNone, *ir.Limit, *ir.Union, *ir.Changes, *ir.Expire:
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
		a.Args = x.exprs(a.Args)
		if a.Where != nil {
			a.Where = x.expr(a.Where)
		}
		c.Aggs[i] = a
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
