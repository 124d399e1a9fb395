package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

func (s *scope) equality(op ir.Op, x, y ir.Expr, e *ast.BinaryExpr) ir.Expr {
	x, y, ok := s.alike(x, y)
	if !ok {
		d := s.m.c.report("E0301", e.OpSpan.Span, article(x.Type())+" is never equal to "+article(y.Type()), "").
			Label(x.Span(), x.Type().String()).Label(y.Span(), y.Type().String())
		equalFix(d, e, x, y)
		return constOf(types.TBoolean, true, e.Span)
	}
	if x.Type().Kind == types.Null && y.Type().Kind != types.Null {
		x, y = y, x
	}
	if y.Type().Kind == types.Null {
		is := &ir.IsNull{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x}
		if op == ir.Ne {
			return &ir.Unary{Base: ir.Base{T: types.TBoolean, At: e.Span}, Op: ir.Not, X: is}
		}
		return is
	}
	return &ir.Binary{Base: ir.Base{T: types.TBoolean, At: e.Span}, Op: op, X: x, Y: y}
}

// equalFix offers to compare texts with texts and numbers with numbers.
func equalFix(d *diag.Diagnostic, e *ast.BinaryExpr, x, y ir.Expr) {
	if _, isConst := y.(*ir.Const); isConst && x.Type().Kind == types.String && y.Type().IsNumber() {
		text := `"` + y.Span().Text() + `"`
		d.Fix(diag.Choose, "compare texts", e.X.Pos().Text()+" "+e.OpSpan.Span.Text()+" "+text, diag.Edit{Span: y.Span(), Text: text})
	}
	if compareFix(d, e, x, y); len(d.Fixes) == 0 {
		conversionFix(d, x, y.Type())
	}
}

// alike converts two operands to one type but for nullability.
func (s *scope) alike(x, y ir.Expr) (ir.Expr, ir.Expr, bool) {
	a, b := x.Type(), y.Type()
	if a.Kind == types.Unknown || b.Kind == types.Unknown || a.Kind == types.Null || b.Kind == types.Null {
		return x, y, true
	}
	t := join(a.NonNull(), b.NonNull())
	if t == nil {
		return x, y, false
	}
	return toElem(x, t.WithNull(a.Nullable)), toElem(y, t.WithNull(b.Nullable)), true
}

func (s *scope) comparison(op ir.Op, x, y ir.Expr, e *ast.BinaryExpr) ir.Expr {
	x, y, ok := s.alike(x, y)
	if isUnknown(x) || isUnknown(y) {
		return constOf(types.TBoolean, true, e.Span)
	}
	if !ok || !x.Type().IsOrdered() && x.Type().Kind != types.Null {
		d := s.m.c.report("E0302", e.OpSpan.Span, article(x.Type())+" and "+article(y.Type())+" cannot be put in order", "")
		d.Label(x.Span(), x.Type().String()).Label(y.Span(), y.Type().String())
		compareFix(d, e, x, y)
		return constOf(types.TBoolean, true, e.Span)
	}
	make := func(x, y ir.Expr) ir.Expr {
		return &ir.Binary{Base: ir.Base{T: types.TBoolean, At: e.Span}, Op: op, X: x, Y: y}
	}
	if x.Type().Nullable {
		return s.orderedNull(e.X, x, e, func(nn ir.Expr) ir.Expr {
			if y.Type().Nullable {
				return s.orderedNull(e.Y, y, e, func(yy ir.Expr) ir.Expr { return make(nn, yy) })
			}
			return make(nn, y)
		})
	}
	if y.Type().Nullable {
		return s.orderedNull(e.Y, y, e, func(yy ir.Expr) ir.Expr { return make(x, yy) })
	}
	return make(x, y)
}

// orderedNull reports a nullable operand of an ordering, or in a relaxed program
// lets its nulls not match. whole is the comparison it stands in.
func (s *scope) orderedNull(e ast.Expr, x ir.Expr, whole ast.Expr, test func(ir.Expr) ir.Expr) ir.Expr {
	nn := &ir.NotNull{Base: ir.Base{T: x.Type().NonNull(), At: x.Span()}, X: x}
	if s.m.c.opts.Relaxed {
		s.countNulls(e, x)
		is := &ir.IsNull{Base: ir.Base{T: types.TBoolean, At: x.Span()}, X: x}
		not := &ir.Unary{Base: ir.Base{T: types.TBoolean, At: x.Span()}, Op: ir.Not, X: is}
		return &ir.And{Base: ir.Base{T: types.TBoolean, At: x.Span()}, X: not, Y: test(nn)}
	}
	text := e.Pos().Text()
	before, after := whole.Pos(), whole.Pos()
	before.End, after.Start = e.Pos().Start, e.Pos().End
	shown := oneLine(after.Text())
	if oneLine(before.Text()) != "" {
		shown = oneLine(whole.Pos().Text())
	}
	d := s.nullCondition(e, x, `"`+text+`" may be null, so "`+shown+`" has no yes-or-no answer`)
	else_ := ""
	if s.in != nil && s.in.ErrorsTo != "" {
		else_ = " else -> " + s.in.ErrorsTo
	}
	require := "require " + text + else_
	if s.stage.Known() {
		d.Fix(diag.Choose, "drop such rows, counted", "|> "+require, stageAbove(s.stage, require))
	}
	no, edit := replaceIn(s.stage, whole.Pos(), s.underNot(whole, text+" is not null and "+whole.Pos().Text()))
	d.Fix(diag.Choose, "treat them as not matching", no, edit)
	value, edit := replaceIn(s.stage, e.Pos(), "("+text+" ?? "+zeroText(x.Type())+")")
	d.Fix(diag.Choose, "use a value instead", value, edit)
	return constOf(types.TBoolean, true, e.Pos())
}

// underNot puts a condition that takes the place of another in parentheses where a
// "not" stands before it.
func (s *scope) underNot(e ast.Expr, text string) string {
	before := s.stage
	before.End = e.Pos().Start
	if before.File == e.Pos().File && strings.HasSuffix(strings.TrimSpace(before.Text()), "not") {
		return "(" + text + ")"
	}
	return text
}
