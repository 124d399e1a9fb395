package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/types"
)

func (s *scope) ifThen(cond, then ast.Expr, otherwise func(*scope, *types.Type) ir.Expr, want *types.Type, e ast.Expr) ir.Expr {
	c := s.condition(cond, "if")
	yes, no := factsOf(c)
	a := s.withFacts(yes).expr(then, want)
	if want == nil && !isUnknown(a) && a.Type().Kind == types.Enum {
		want = a.Type().NonNull()
	}
	b := otherwise(s.withFacts(no), want)
	if isUnknown(a) || isUnknown(b) {
		return unknown(e.Pos())
	}
	t := join(a.Type(), b.Type())
	if t == nil {
		d := s.m.c.report("E0306", b.Span(), "the branches give "+article(a.Type())+" and "+article(b.Type()), b.Type().String()).
			Label(a.Span(), a.Type().String())
		conversionFix(d, b, a.Type())
		return unknown(e.Pos())
	}
	return &ir.If{Base: ir.Base{T: t, At: e.Pos()}, Cond: c, Then: toElem(a, t), Else: toElem(b, t)}
}

func (s *scope) caseWhen(e *ast.CaseExpr, i int, want *types.Type) ir.Expr {
	if i == len(e.Whens) {
		return s.expr(e.Else, want)
	}
	w := e.Whens[i]
	return s.ifThen(w.Cond, w.Then, func(f *scope, want *types.Type) ir.Expr { return f.caseWhen(e, i+1, want) }, want, e)
}
