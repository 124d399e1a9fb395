package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/types"
)

func (s *scope) list(e *ast.ListExpr, want *types.Type) ir.Expr {
	var elemWant *types.Type
	if want != nil && want.Kind == types.Array {
		elemWant = want.Elem
	}
	items := make([]ir.Expr, len(e.Items))
	elem := types.TNull
	for i, item := range e.Items {
		items[i] = s.expr(item, elemWant)
		next := join(elem, items[i].Type())
		if next == nil {
			s.m.c.report("E0306", item.Pos(), "the elements of a list have one type", items[i].Type().String()).
				Label(e.Items[0].Pos(), elem.String())
			return unknown(e.Span)
		}
		elem = next
	}
	if i := firstNonNull(items); i >= 0 && !anyNullable(items) {
		elem = elem.NonNull()
	}
	if elemWant != nil && (len(items) == 0 || fitsAll(items, elemWant)) {
		elem = elemWant
	}
	if len(items) == 0 && elemWant == nil {
		elem = types.TUnknown
	}
	for i := range items {
		items[i] = toElem(items[i], elem)
	}
	return &ir.MakeList{Base: ir.Base{T: types.ArrayOf(elem), At: e.Span}, Items: items}
}

func firstNonNull(items []ir.Expr) int {
	for i, x := range items {
		if x.Type().Kind != types.Null {
			return i
		}
	}
	return -1
}

func anyNullable(items []ir.Expr) bool {
	for _, x := range items {
		if x.Type().Nullable {
			return true
		}
	}
	return false
}

func fitsAll(items []ir.Expr, t *types.Type) bool {
	for _, x := range items {
		if _, ok := convert(x, t); !ok {
			return false
		}
	}
	return true
}

// toElem converts to a type that join found.
func toElem(x ir.Expr, t *types.Type) ir.Expr {
	if y, ok := convert(x, t); ok {
		return y
	}
	return &ir.Cast{Base: ir.Base{T: t.WithNull(t.Nullable || x.Type().Nullable), At: x.Span()}, X: x}
}

// record is { a: 1, b }. A wanted record guides its members.
func (s *scope) record(e *ast.RecordExpr, want *types.Type) ir.Expr {
	if want != nil && want.Kind == types.Map {
		return s.mapLiteral(e, want)
	}
	t := &types.Type{Kind: types.Record}
	values := make([]ir.Expr, 0, len(e.Fields))
	for _, f := range e.Fields {
		var fieldWant *types.Type
		if want != nil && want.Kind == types.Record {
			if wf, ok := want.FieldNamed(f.Name.Name); ok {
				fieldWant = wf.Type
			}
		}
		var x ir.Expr
		if f.Value == nil {
			x = s.expr(&ast.Name{Ident: f.Name}, fieldWant)
		} else {
			x = s.expr(f.Value, fieldWant)
		}
		if _, dup := t.FieldNamed(f.Name.Name); dup {
			s.m.c.report("E0211", f.Name.Span, `there are two fields named "`+f.Name.Name+`"`, "")
			continue
		}
		if y, ok := convert(x, fieldWant); ok && fieldWant != nil {
			x = y
		}
		t.Fields = append(t.Fields, types.Field{Name: f.Name.Name, Type: x.Type()})
		values = append(values, x)
	}
	return &ir.MakeRecord{Base: ir.Base{T: t, At: e.Span}, Values: values}
}

// mapLiteral is { key: value } where a map is wanted.
func (s *scope) mapLiteral(e *ast.RecordExpr, want *types.Type) ir.Expr {
	keys := make([]ir.Expr, len(e.Fields))
	values := make([]ir.Expr, len(e.Fields))
	allConst := true
	v := types.MapValue{}
	for i, f := range e.Fields {
		keys[i] = constOf(types.TString, f.Name.Name, f.Name.Span)
		if f.Value == nil {
			values[i] = s.fit(s.expr(&ast.Name{Ident: f.Name}, want.Elem), want.Elem, "the value")
		} else {
			values[i] = s.coerced(f.Value, want.Elem, "the value")
		}
		c, ok := s.m.c.evalConst(values[i])
		allConst = allConst && ok
		v.Keys, v.Values = append(v.Keys, f.Name.Name), append(v.Values, c)
	}
	if allConst {
		return constOf(want.NonNull(), v, e.Span)
	}
	list := func(elem *types.Type, items []ir.Expr) ir.Expr {
		return &ir.MakeList{Base: ir.Base{T: types.ArrayOf(elem), At: e.Span}, Items: items}
	}
	return &ir.Call{Base: ir.Base{T: want.NonNull(), At: e.Span}, Name: "map_from", Args: []ir.Expr{list(types.TString, keys), list(want.Elem, values)}}
}
