package optimize

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
)

// foldConstants computes what is known before any row is seen and chooses the
// branches of conditions that are decided. What would fail is left to the rows that
// reach it, and what could fail is never left out.
//
//	where 1 + 1 == 2 and mag > 3.0   becomes   where mag > 3.0
func foldConstants(g *plan.Graph) bool {
	x := &expressions{f: fold}
	for _, n := range g.Nodes {
		n.Op = x.operator(n.Op)
	}
	return x.changed
}

// fold simplifies one expression whose parts are simple already. The result has
// the type the expression had.
func fold(e ir.Expr) ir.Expr {
	switch e := e.(type) {
	case *ir.Unary:
		return foldUnary(e)
	case *ir.Binary:
		return foldBinary(e)
	case *ir.And:
		return foldJunction(e, e.X, e.Y, true)
	case *ir.Or:
		return foldJunction(e, e.X, e.Y, false)
	case *ir.If:
		switch {
		case isConst(e.Cond, true):
			return instead(e, e.Then)
		case isConst(e.Cond, false):
			return instead(e, e.Else)
		}
	case *ir.IsNull:
		if c, ok := e.X.(*ir.Const); ok {
			return constant(e, c.Value == nil)
		}
	case *ir.Coalesce:
		if c, ok := e.X.(*ir.Const); ok && c.Value == nil {
			return instead(e, e.Y)
		} else if ok {
			return instead(e, c)
		}
	case *ir.Try:
		if c, ok := e.X.(*ir.Const); ok {
			return instead(e, c)
		}
	case *ir.NotNull:
		if c, ok := e.X.(*ir.Const); ok && c.Value != nil {
			return instead(e, c)
		}
	case *ir.Const, *ir.Column, *ir.Local, *ir.Param, *ir.Field, *ir.UnionField, *ir.IsBranch, *ir.AsBranch, *ir.Cast, *ir.In,
		*ir.Call, *ir.Lambda, *ir.MakeRecord, *ir.MakeUnion, *ir.MakeList:
	}
	return e
}

// foldJunction is `x and y`, where true is neutral, or `x or y`, where false is. The
// other value decides: alone where it comes first, and where it comes second only
// if x cannot fail.
func foldJunction(e, x, y ir.Expr, neutral bool) ir.Expr {
	switch {
	case isConst(x, neutral):
		return instead(e, y)
	case isConst(x, !neutral):
		return instead(e, x)
	case isConst(y, neutral):
		return instead(e, x)
	case isConst(y, !neutral) && !ir.CanFail(x):
		return instead(e, y)
	}
	return e
}

func foldUnary(e *ir.Unary) ir.Expr {
	c, ok := e.X.(*ir.Const)
	if !ok {
		return e
	}
	if c.Value == nil {
		return nothing(e)
	}
	switch e.Op {
	case ir.Not:
		if b, ok := c.Value.(bool); ok {
			return constant(e, !b)
		}
	case ir.Neg:
		if v, ok := negated(e.T, c.Value); ok {
			return constant(e, v)
		}
	case ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod, ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge:
	}
	return e
}

func foldBinary(e *ir.Binary) ir.Expr {
	x, okX := e.X.(*ir.Const)
	y, okY := e.Y.(*ir.Const)
	if !okX || !okY {
		return e
	}
	switch e.Op {
	case ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod:
		if x.Value == nil || y.Value == nil {
			return nothing(e)
		}
		if v, ok := computed(e, x.Value, y.Value); ok {
			return constant(e, v)
		}
	case ir.Eq, ir.Ne:
		if equal, ok := equalValues(x, y); ok {
			return constant(e, equal == (e.Op == ir.Eq))
		}
	case ir.Lt, ir.Le, ir.Gt, ir.Ge:
		if x.Value == nil || y.Value == nil {
			return nothing(e)
		}
		if holds, ok := ordered(e.Op, x, y); ok {
			return constant(e, holds)
		}
	case ir.Neg, ir.Not:
	}
	return e
}

// constant is a value in place of an expression.
func constant(e ir.Expr, v any) ir.Expr {
	return &ir.Const{Base: ir.Base{T: e.Type(), At: e.Span()}, Value: v}
}

// nothing is the null that an operator makes of null, where its type has one.
func nothing(e ir.Expr) ir.Expr {
	if !e.Type().Nullable {
		return e
	}
	return constant(e, nil)
}

// instead is a part in place of the whole, with the type of the whole.
func instead(e, part ir.Expr) ir.Expr {
	if c, ok := part.(*ir.Const); ok && c.Value == nil {
		return nothing(e)
	}
	if out, ok := retyped(part, e.Type()); ok {
		return out
	}
	return e
}

func isConst(e ir.Expr, v bool) bool {
	c, ok := e.(*ir.Const)
	return ok && c.Value == v
}
