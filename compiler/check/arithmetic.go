package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

func (s *scope) arithmetic(op ir.Op, x, y ir.Expr, e *ast.BinaryExpr) ir.Expr {
	if isUnknown(x) || isUnknown(y) {
		return unknown(e.Span)
	}
	a, b := x.Type(), y.Type()
	nullable := a.Nullable || b.Nullable
	if a.IsNumber() && b.IsNumber() {
		return s.numeric(op, x, y, e, nullable)
	}
	if t := temporalResult(op, a, b); t != nil {
		if op == ir.Mul && b.Kind == types.Duration { // duration first
			x, y = y, x
		}
		if (op == ir.Mul || op == ir.Div) && y.Type().Kind == types.Int {
			y = toNumber(y, types.TLong)
		}
		if op == ir.Add && a.Kind == types.Duration && b.Kind != types.Duration {
			x, y = y, x // the instant first
		}
		return &ir.Binary{Base: ir.Base{T: t.WithNull(nullable), At: e.Span}, Op: op, X: x, Y: y}
	}
	s.noSuchArithmetic(op, x, y, e)
	return unknown(e.Span)
}

// temporalResult is the type of arithmetic with times, nil where there is none.
func temporalResult(op ir.Op, a, b *types.Type) *types.Type {
	instant := func(t *types.Type) bool { return t.Kind == types.Timestamp || t.Kind == types.LocalTimestamp }
	switch op {
	case ir.Add:
		switch {
		case instant(a) && b.Kind == types.Duration, a.Kind == types.Date && b.Kind == types.Period:
			return a.NonNull()
		case a.Kind == types.Duration && instant(b):
			return b.NonNull()
		case a.Kind == types.Duration && b.Kind == types.Duration:
			return types.TDuration
		}
	case ir.Sub:
		switch {
		case instant(a) && b.Kind == types.Duration, a.Kind == types.Date && b.Kind == types.Period:
			return a.NonNull()
		case instant(a) && a.Kind == b.Kind, a.Kind == types.Duration && b.Kind == types.Duration:
			return types.TDuration
		}
	case ir.Mul:
		if a.Kind == types.Duration && b.IsInteger() || a.IsInteger() && b.Kind == types.Duration {
			return types.TDuration
		}
	case ir.Div:
		if a.Kind == types.Duration && b.IsInteger() {
			return types.TDuration
		}
	case ir.Mod, ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge, ir.Neg, ir.Not:
	}
	return nil
}

func (s *scope) numeric(op ir.Op, x, y ir.Expr, e *ast.BinaryExpr, nullable bool) ir.Expr {
	a, b := x.Type(), y.Type()
	make := func(t *types.Type, x, y ir.Expr) ir.Expr {
		return &ir.Binary{Base: ir.Base{T: t.WithNull(nullable), At: e.Span}, Op: op, X: x, Y: y}
	}
	floating := a.IsFloating() || b.IsFloating()
	if !floating && (a.Kind == types.Decimal || b.Kind == types.Decimal) && (op != ir.Div || a.Kind == b.Kind) {
		x, y = toNumber(x, asDecimal(a)), toNumber(y, asDecimal(b))
		t := decimalResult(op, x.Type(), y.Type())
		return make(t, x, y)
	}
	t := joinNumbers(a, b)
	if op == ir.Div {
		t = types.TDouble
	}
	return make(t, toNumber(x, t), toNumber(y, t))
}

// decimalResult is the type of decimal arithmetic (SEMANTICS 93).
func decimalResult(op ir.Op, a, b *types.Type) *types.Type {
	p1, s1, p2, s2 := a.Precision, a.Scale, b.Precision, b.Scale
	var p, scale int
	switch op {
	case ir.Add, ir.Sub:
		scale = max(s1, s2)
		p = max(p1-s1, p2-s2) + scale + 1
	case ir.Mul:
		p, scale = p1+p2, s1+s2
	case ir.Div:
		scale = max(6, s1+p2+1)
		p = p1 - s1 + s2 + scale
	case ir.Mod:
		scale = max(s1, s2)
		p = min(p1-s1, p2-s2) + scale
	case ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge, ir.Neg, ir.Not:
		return a
	}
	if p > types.MaxPrecision {
		scale = max(min(scale, 6), scale-(p-types.MaxPrecision))
		p = types.MaxPrecision
	}
	return types.DecimalOf(max(p, 1), scale)
}

func (s *scope) noSuchArithmetic(op ir.Op, x, y ir.Expr, e *ast.BinaryExpr) {
	a, b := x.Type(), y.Type()
	d := s.m.c.report("E0302", e.OpSpan.Span, `"`+op.String()+`" does not work on `+article(a)+" and "+article(b), "").
		Label(x.Span(), a.String()).Label(y.Span(), b.String())
	left, right := e.X.Pos().Text(), e.Y.Pos().Text()
	switch {
	case op == ir.Add && (a.Kind == types.String || b.Kind == types.String):
		joined := `f"` + textPart(e.X) + textPart(e.Y) + `"`
		d.Fix(diag.Choose, "join texts", joined, diag.Edit{Span: e.Span, Text: joined})
	case a.Kind == types.Timestamp && b.Kind == types.Period:
		d.Because("A month has no fixed length, so the result depends on the zone.").
			Fix(diag.Choose, "in a zone", "add("+left+", "+right+`, "Europe/Helsinki")`)
	case a.Kind == types.Timestamp && b.IsInteger() && (op == ir.Add || op == ir.Sub):
		d.Because("A time moves by a duration, which has a unit.")
		if _, literal := unparen(e.Y).(*ast.IntLit); literal {
			d.Fix(diag.Choose, "milliseconds", left+" "+op.String()+" "+right+"ms").Fix(diag.Choose, "seconds", left+" "+op.String()+" "+right+"s")
		}
	case a.Kind == types.String && b.IsNumber():
		d.Fix(diag.Choose, "read the number from the text", "parse_"+b.NonNull().String()+"("+left+")! "+op.String()+" "+right)
	case b.Kind == types.String && a.IsNumber():
		d.Fix(diag.Choose, "read the number from the text", left+" "+op.String()+" parse_"+a.NonNull().String()+"("+right+")!")
	}
}
