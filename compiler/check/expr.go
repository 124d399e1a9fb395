package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

// expr checks an expression whose failures, if it can fail, nobody handles: that
// is reported. want is the type the surroundings expect, nil for none; it guides
// literals and enum symbols and is not enforced.
func (s *scope) expr(e ast.Expr, want *types.Type) ir.Expr {
	return s.check(e, want, false)
}

// check checks an expression. handled tells that `??`, `try` or `!` stands at it,
// so that its own call may fail (not the calls inside its arguments).
func (s *scope) check(e ast.Expr, want *types.Type, handled bool) ir.Expr {
	x := s.meaning(e, want, handled)
	s.noteExpr(e, x, want)
	return x
}

func (s *scope) meaning(e ast.Expr, want *types.Type, handled bool) ir.Expr {
	switch e := e.(type) {
	case *ast.IntLit, *ast.DecimalLit, *ast.FloatLit, *ast.StringLit, *ast.TemporalLit,
		*ast.DurationLit, *ast.SizeLit, *ast.BoolLit, *ast.NullLit:
		return s.literal(e, want)
	case *ast.FString:
		return s.fstring(e)
	case *ast.Name:
		return s.name(e, want)
	case *ast.FieldExpr:
		return s.field(e, want, handled)
	case *ast.StarExpr:
		s.m.c.report("E0101", e.Span, "a star stands only in select", "")
		return unknown(e.Span)
	case *ast.IndexExpr:
		return s.index(e, handled)
	case *ast.BangExpr:
		return s.check(e.X, want, true)
	case *ast.TryExpr:
		x := s.check(e.X, want, true)
		if isUnknown(x) {
			return x
		}
		return &ir.Try{Base: ir.Base{T: x.Type().OrNull(), At: e.Span}, X: x}
	case *ast.CallExpr:
		return s.call(e, want, handled)
	case *ast.UnaryExpr:
		return s.unary(e, want)
	case *ast.BinaryExpr:
		if e.Op == ast.Coalesce {
			return s.coalesce(e, want, handled)
		}
		return s.binary(e, want)
	case *ast.IsExpr:
		return s.is(e)
	case *ast.InExpr:
		return s.inList(e)
	case *ast.BetweenExpr:
		return s.between(e)
	case *ast.PatternExpr:
		return s.pattern(e)
	case *ast.IfExpr:
		return s.ifThen(e.Cond, e.Then, func(f *scope, want *types.Type) ir.Expr { return f.expr(e.Else, want) }, want, e)
	case *ast.CaseExpr:
		return s.caseWhen(e, 0, want)
	case *ast.LambdaExpr:
		s.m.c.report("E0224", e.Span, "a function of this kind stands only as an argument", "").
			Because("Only functions over arrays and maps take one, as in any(xs, x => x > 3).")
		return unknown(e.Span)
	case *ast.ListExpr:
		return s.list(e, want)
	case *ast.RecordExpr:
		return s.record(e, want)
	case *ast.OverExpr:
		return s.over(e)
	case *ast.ParenExpr:
		return s.check(e.X, want, handled)
	case *ast.BadExpr:
		return unknown(e.Span)
	}
	return unknown(e.Pos())
}

func (s *scope) fstring(e *ast.FString) ir.Expr {
	args := []ir.Expr{}
	for i, text := range e.Texts {
		if text != "" {
			args = append(args, constOf(types.TString, text, e.Span))
		}
		if i < len(e.Exprs) {
			x := s.expr(e.Exprs[i], nil)
			if x.Type().Nullable {
				s.m.nullInText(x)
			}
			args = append(args, s.asText(x))
		}
	}
	if len(args) == 0 {
		return constOf(types.TString, "", e.Span)
	}
	return &ir.Call{Base: ir.Base{T: types.TString, At: e.Span}, Name: "concat", Args: args}
}

func (m *module) nullInText(x ir.Expr) {
	text := x.Span().Text()
	m.c.report("E0309", x.Span(), "a null in a text would make the whole text null", x.Type().String()).
		Fix(diag.Choose, "use a value instead", text+` ?? "none"`)
}

// asText converts any scalar to text.
func (s *scope) asText(x ir.Expr) ir.Expr {
	t := x.Type()
	if t.Kind == types.String || t.Kind == types.Unknown {
		return x
	}
	if t.Kind == types.Record || t.Kind == types.Union || t.Kind == types.Map || t.Kind == types.Array {
		s.m.c.report("E0301", x.Span(), article(t)+" cannot be written as text", t.String()).
			Fix(diag.Choose, "as JSON", "string(to_json("+x.Span().Text()+"))")
		return unknown(x.Span())
	}
	return &ir.Cast{Base: ir.Base{T: types.TString.WithNull(t.Nullable), At: x.Span()}, X: x}
}
