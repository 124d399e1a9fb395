package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

// condition checks an expression that must be a boolean and never null.
func (s *scope) condition(e ast.Expr, where string) ir.Expr {
	x := s.expr(e, types.TBoolean)
	t := x.Type()
	switch {
	case t.Kind == types.Unknown:
		return constOf(types.TBoolean, true, e.Pos())
	case t.Kind != types.Boolean:
		d := s.m.c.report("E0305", e.Pos(), `"`+where+`" needs a yes or a no, and this is `+article(t), t.String())
		truthFix(d, x)
		return constOf(types.TBoolean, true, e.Pos())
	case t.Nullable && s.m.c.opts.Relaxed:
		s.countNulls(e, x)
		return s.relaxedTruth(x)
	case t.Nullable:
		text := e.Pos().Text()
		s.nullCondition(e, x, `"`+text+`" may be null, so it is neither a yes nor a no`).
			Fix(diag.Choose, "drop such rows, counted", "|> require "+text).
			Fix(diag.Choose, "treat them as not matching", "("+text+" ?? false)")
		return constOf(types.TBoolean, true, e.Pos())
	}
	return x
}

func truthFix(d *diag.Diagnostic, x ir.Expr) {
	text := x.Span().Text()
	switch {
	case x.Type().IsNumber():
		d.Fix(diag.Choose, "compare it", text+" != 0")
	case x.Type().Kind == types.String:
		d.Fix(diag.Choose, "compare it", text+` != ""`)
	case x.Type().Nullable:
		d.Fix(diag.Choose, "test for null", text+" is not null")
	}
}

// relaxedTruth makes null not match.
func (s *scope) relaxedTruth(x ir.Expr) ir.Expr {
	no := constOf(types.TBoolean, false, x.Span())
	return &ir.Coalesce{Base: ir.Base{T: types.TBoolean, At: x.Span()}, X: x, Y: no}
}

// countNulls notes a value whose nulls do not match, once for each text.
func (s *scope) countNulls(e ast.Expr, x ir.Expr) {
	if s.nulls == nil {
		return
	}
	name := e.Pos().Text()
	for _, it := range *s.nulls {
		if it.Name == name {
			return
		}
	}
	*s.nulls = append(*s.nulls, ir.Item{Name: name, Expr: x})
}

// nullCondition is E0310 with the place that makes the value nullable.
func (s *scope) nullCondition(e ast.Expr, x ir.Expr, message string) *diag.Diagnostic {
	d := s.m.c.report("E0310", e.Pos(), message, x.Type().String())
	if at := s.declaredNullable(x); at.Known() {
		d.Label(at, `declared with "?" here`)
	}
	return d.Because("SQL would silently drop rows with a null here. edy asks you which you want.")
}
