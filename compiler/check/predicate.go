package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/types"
)

func (s *scope) is(e *ast.IsExpr) ir.Expr {
	x := s.expr(e.X, nil)
	var out ir.Expr
	if e.Null {
		out = &ir.IsNull{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x}
	} else {
		out = s.isBranch(e, x)
	}
	if e.Not {
		return &ir.Unary{Base: ir.Base{T: types.TBoolean, At: e.Span}, Op: ir.Not, X: out}
	}
	return out
}

func (s *scope) isBranch(e *ast.IsExpr, x ir.Expr) ir.Expr {
	t := x.Type()
	if t.Kind == types.Unknown {
		return constOf(types.TBoolean, true, e.Span)
	}
	if t.Kind != types.Union {
		s.m.c.report("E0302", e.Span, `"is" tells the branches of a union apart, and this is `+article(t), "").Label(x.Span(), t.String())
		return constOf(types.TBoolean, true, e.Span)
	}
	name := e.Branch.Parts[len(e.Branch.Parts)-1]
	b := t.Branch(name.Name)
	if b < 0 {
		var names []string
		for _, branch := range t.Branches {
			names = append(names, branch.Name)
		}
		d := s.m.c.report("E0204", e.Branch.Span, `"`+e.Branch.String()+`" is not a branch of `+t.Name, "")
		s.m.c.suggest(d, name, names).Note("branches: " + strings.Join(names, ", "))
		return constOf(types.TBoolean, true, e.Span)
	}
	return &ir.IsBranch{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x, Branch: b}
}

func (s *scope) inList(e *ast.InExpr) ir.Expr {
	x := s.expr(e.X, nil)
	var items []ir.Expr
	if e.Set == nil {
		for _, item := range e.List {
			items = append(items, s.expr(item, operandType(x.Type())))
		}
	} else {
		set := s.expr(e.Set, types.ArrayOf(x.Type().NonNull()))
		switch list := set.(type) {
		case *ir.MakeList:
			items = list.Items
		default:
			return s.inArray(e, x, set)
		}
	}
	for i, item := range items {
		xx, yy, ok := s.alike(x, item)
		if !ok {
			d := s.m.c.report("E0301", item.Span(), article(x.Type())+" is never equal to "+article(item.Type()), item.Type().String()).
				Label(x.Span(), x.Type().String())
			itemFix(d, x, item)
			return constOf(types.TBoolean, true, e.Span)
		}
		x, items[i] = xx, yy
	}
	for i, item := range items { // x may have widened on the way
		_, items[i], _ = s.alike(x, item)
		if items[i].Type().Kind == types.Null {
			items[i] = constOf(x.Type().OrNull(), nil, item.Span())
		}
	}
	return s.negate(e.Not, &ir.In{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x, List: items}, e)
}

// inArray is `x in column`, where the list is data.
func (s *scope) inArray(e *ast.InExpr, x, set ir.Expr) ir.Expr {
	t := set.Type()
	if t.Kind == types.Unknown || isUnknown(x) {
		return constOf(types.TBoolean, true, e.Span)
	}
	if t.Kind != types.Array {
		s.m.c.report("E0301", set.Span(), `"in" looks in a list, and this is `+article(t), t.String())
		return constOf(types.TBoolean, true, e.Span)
	}
	call := s.m.callNamed("contains", e.Span, set, x)
	if isUnknown(call) {
		s.m.misfit(x, t.Elem, "the value looked for")
		return constOf(types.TBoolean, true, e.Span)
	}
	if call.Type().Nullable {
		call = &ir.Coalesce{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: call, Y: constOf(types.TBoolean, false, e.Span)}
	}
	return s.negate(e.Not, call, e)
}

func (s *scope) negate(not bool, x ir.Expr, e ast.Expr) ir.Expr {
	if !not {
		return x
	}
	return &ir.Unary{Base: ir.Base{T: types.TBoolean, At: e.Pos()}, Op: ir.Not, X: x}
}

// between is x >= lo and x <= hi with x computed once.
func (s *scope) between(e *ast.BetweenExpr) ir.Expr {
	lo := &ast.BinaryExpr{At: e.At, Op: ast.Ge, OpSpan: e.At, X: e.X, Y: e.Lo}
	hi := &ast.BinaryExpr{At: e.At, Op: ast.Le, OpSpan: e.At, X: e.X, Y: e.Hi}
	a := s.binary(lo, nil)
	known, _ := factsOf(a)
	var b ir.Expr
	if c, ok := a.(*ir.Const); ok && c.Value == true { // already reported
		return a
	}
	b = s.withFacts(known).binary(hi, nil)
	return s.negate(e.Not, &ir.And{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: a, Y: b}, e)
}

func (s *scope) pattern(e *ast.PatternExpr) ir.Expr {
	name := "like"
	if e.Regex {
		name = "matches"
	}
	x, p := s.expr(e.X, nil), s.expr(e.Pattern, nil)
	for _, v := range []ir.Expr{x, p} {
		if t := v.Type(); t.Kind != types.String && t.Kind != types.Unknown {
			s.m.c.report("E0301", v.Span(), `"`+name+`" compares texts, and this is `+article(t), t.String())
			return constOf(types.TBoolean, true, e.Span)
		}
	}
	if isUnknown(x) || isUnknown(p) {
		return constOf(types.TBoolean, true, e.Span)
	}
	s.constantRegex(e, p)
	make := func(v ir.Expr) ir.Expr {
		return &ir.Call{Base: ir.Base{T: types.TBoolean, At: e.Span}, Name: name, Args: []ir.Expr{v, p}}
	}
	if p.Type().Nullable {
		return s.orderedNull(e.Pattern, p, e, func(v ir.Expr) ir.Expr { p = v; return make(x) })
	}
	if x.Type().Nullable {
		return s.negate(e.Not, s.orderedNull(e.X, x, e, make), e)
	}
	return s.negate(e.Not, make(x), e)
}
