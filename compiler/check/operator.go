package check

import (
	"math/big"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

func (s *scope) unary(e *ast.UnaryExpr, want *types.Type) ir.Expr {
	switch e.Op {
	case ast.Not:
		x := s.condition(e.X, "not")
		return &ir.Unary{Base: ir.Base{T: types.TBoolean, At: e.Span}, Op: ir.Not, X: x}
	case ast.Neg:
		x := s.expr(e.X, want)
		if c, ok := x.(*ir.Const); ok {
			if n := negated(c, want, e); n != nil {
				return n
			}
		}
		t := x.Type()
		if !t.IsNumber() && t.Kind != types.Duration && t.Kind != types.Unknown {
			s.m.c.report("E0302", e.Span, "only numbers and durations have a negative", t.String())
			return unknown(e.Span)
		}
		return &ir.Unary{Base: ir.Base{T: t, At: e.Span}, Op: ir.Neg, X: x}
	}
	return unknown(e.Span)
}

// negated folds the minus sign into a literal.
func negated(c *ir.Const, want *types.Type, e *ast.UnaryExpr) ir.Expr {
	switch v := c.Value.(type) {
	case int64:
		if c.T.IsInteger() || c.T.Kind == types.Duration {
			return constOf(c.T, -v, e.Span)
		}
	case float64:
		return constOf(c.T, -v, e.Span)
	case types.Dec:
		n := types.Dec{Unscaled: new(big.Int).Neg(v.Unscaled), Scale: v.Scale}
		if n.Scale == 0 && n.Unscaled.IsInt64() && (want == nil || want.Kind != types.Decimal) && c.T.Precision == 19 {
			return constOf(types.TLong, n.Unscaled.Int64(), e.Span)
		}
		return constOf(c.T, n, e.Span)
	}
	return nil
}

var binaryOps = map[ast.BinaryOp]ir.Op{
	ast.Eq: ir.Eq, ast.Ne: ir.Ne, ast.Lt: ir.Lt, ast.Le: ir.Le, ast.Gt: ir.Gt, ast.Ge: ir.Ge,
	ast.Add: ir.Add, ast.Sub: ir.Sub, ast.Mul: ir.Mul, ast.Div: ir.Div, ast.Mod: ir.Mod,
}

func (s *scope) binary(e *ast.BinaryExpr, want *types.Type) ir.Expr {
	switch e.Op {
	case ast.And:
		if s.joinsTexts(e) {
			return unknown(e.Span)
		}
		x := s.condition(e.X, "and")
		known, _ := factsOf(x)
		y := s.withFacts(known).condition(e.Y, "and")
		return &ir.And{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x, Y: y}
	case ast.Or:
		if s.joinsTexts(e) {
			return unknown(e.Span)
		}
		x := s.condition(e.X, "or")
		_, known := factsOf(x)
		y := s.withFacts(known).condition(e.Y, "or")
		return &ir.Or{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x, Y: y}
	case ast.Coalesce:
		return s.coalesce(e, want, false)
	case ast.Eq, ast.Ne:
		x, y := s.operands(e.X, e.Y, nil)
		return s.equality(binaryOps[e.Op], x, y, e)
	case ast.Lt, ast.Le, ast.Gt, ast.Ge:
		x, y := s.operands(e.X, e.Y, nil)
		return s.comparison(binaryOps[e.Op], x, y, e)
	case ast.Add, ast.Sub, ast.Mul, ast.Div, ast.Mod:
		x, y := s.operands(e.X, e.Y, want)
		return s.arithmetic(binaryOps[e.Op], x, y, e)
	}
	return unknown(e.Span)
}

// joinsTexts reports "||" between texts, of which the reader of the text has said what
// it is.
func (s *scope) joinsTexts(e *ast.BinaryExpr) bool {
	if e.OpSpan.Span.Text() != "||" {
		return false
	}
	text := false
	s.m.c.quietly(func() {
		text = s.expr(e.X, nil).Type().Kind == types.String || s.expr(e.Y, nil).Type().Kind == types.String
	})
	return text
}

// operands checks two operands; a literal or symbol on one side takes the type of
// the other (SEMANTICS 94).
func (s *scope) operands(a, b ast.Expr, want *types.Type) (ir.Expr, ir.Expr) {
	if s.adapts(a) && !s.adapts(b) {
		y := s.expr(b, want)
		return s.expr(a, operandType(y.Type())), y
	}
	x := s.expr(a, want)
	return x, s.expr(b, operandType(x.Type()))
}

// operandType is what a literal beside an operand of type t should be; a decimal
// gives no more than its kind, so that 0.5 beside decimal(12,2) keeps its digits.
func operandType(t *types.Type) *types.Type {
	if t.Kind == types.Decimal {
		return types.DecimalOf(0, 0)
	}
	return t
}

// adapts reports literals, which take the type around them.
func (s *scope) adapts(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.IntLit, *ast.DecimalLit, *ast.FloatLit, *ast.StringLit, *ast.NullLit:
		return true
	case *ast.UnaryExpr:
		return e.Op == ast.Neg && s.adapts(e.X)
	case *ast.ParenExpr:
		return s.adapts(e.X)
	case *ast.Name: // an enum symbol, when nothing else has the name
		if _, isVar := s.vars[e.Name]; isVar {
			return false
		}
		if s.in != nil {
			if u := s.in.Union(); u != nil {
				return false
			}
			if _, isColumn := s.in.Column(e.Name); isColumn {
				return false
			}
		}
		_, _, declared := s.m.lookup(ast.Path{At: e.At, Parts: []ast.Ident{e.Ident}})
		return !declared
	}
	return false
}

// coalesce checks a ?? b. handled tells that what stands around handles a failure of
// b too: in a ?? b ?? c the second one does.
func (s *scope) coalesce(e *ast.BinaryExpr, want *types.Type, handled bool) ir.Expr {
	x := s.check(e.X, want, true)
	y := s.check(e.Y, x.Type().NonNull(), handled)
	if isUnknown(x) || isUnknown(y) {
		return unknown(e.Span)
	}
	errs := canFail(x)
	if !x.Type().Nullable && !errs {
		s.m.c.warn("W0805", e.Y.Pos(), "this is never used: the value before ?? is never null and never fails", "").
			Label(e.X.Pos(), x.Type().String()).
			Fix(diag.Maybe, "leave it out", e.X.Pos().Text(), diag.Edit{Span: e.Span, Text: e.X.Pos().Text()})
	}
	t := join(x.Type().NonNull(), y.Type())
	if x.Type().Kind == types.Null {
		t = y.Type()
	}
	if t == nil {
		d := s.m.c.report("E0306", e.Y.Pos(), "both sides of ?? must be of one type", y.Type().String()).Label(e.X.Pos(), x.Type().String())
		if zero := zeroText(x.Type()); zero != "..." {
			d.Fix(diag.Choose, "of the type before ??", e.X.Pos().Text()+" ?? "+zero, diag.Edit{Span: e.Y.Pos(), Text: zero})
		}
		return unknown(e.Span)
	}
	return &ir.Coalesce{Base: ir.Base{T: t, At: e.Span}, X: toElem(x, t.WithNull(true)), Y: toElem(y, t), Errors: errs}
}

// canFail tells whether the expression's own call can fail, looking through the
// postfix chain it stands in.
func canFail(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Call:
		if x.Fallible {
			return true
		}
		if (x.Name == "json_get" || x.Name == "json_at") && len(x.Args) > 0 {
			return canFail(x.Args[0])
		}
	case *ir.Cast:
		return x.Fallible || canFail(x.X)
	case *ir.Field:
		return canFail(x.X)
	case *ir.NotNull:
		return canFail(x.X)
	case *ir.If: // an expanded function
		return canFail(x.Then) || canFail(x.Else)
	case *ir.Coalesce:
		return canFail(x.Y)
	}
	return false
}
