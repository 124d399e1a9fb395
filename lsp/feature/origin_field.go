package feature

import (
	"github.com/edynamic/edynamic/lang/ast"
)

// fieldOrigin is where a.b has its b: a column read through the name of a row, a column
// of the row that a stage hands along, or a field in the type that is written for a.
func (p *Program) fieldOrigin(e *ast.FieldExpr, in flowPoint, hops int) (origin, bool) {
	if hops <= 0 || e.Name.Name == "" {
		return origin{}, false
	}
	if x, ok := e.X.(*ast.Name); ok {
		if o, found := p.sideColumn(in, x.Name, e.Name.Name, hops); found {
			return o, true
		}
	}
	if at, ok := p.rowBehind(e.X, in, hops-1); ok {
		return p.follow(at.F, at.I, e.Name.Name, hops-1)
	}
	if t, d := p.writtenType(e.X, in, hops-1); t != nil {
		return p.fieldOf(t, d, e.Name.Name)
	}
	return origin{}, false
}

// rowBehind is where the row stands that an expression is: `previous` behind a stage
// `changed`, `before` and `after` behind `changes`.
func (p *Program) rowBehind(e ast.Expr, in flowPoint, hops int) (flowPoint, bool) {
	x, ok := e.(*ast.Name)
	if !ok {
		return flowPoint{}, false
	}
	o, ok := p.follow(in.F, in.I, x.Name, hops)
	if !ok || o.In.F.Node == nil {
		return flowPoint{}, false
	}
	switch o.Stage.(type) {
	case *ast.ChangedStage, *ast.ChangesStage:
		return o.In, true
	}
	return flowPoint{}, false
}

// writtenType is the type that is written in the text for an expression, with the
// declaration it stands in; nil where none is.
func (p *Program) writtenType(e ast.Expr, in flowPoint, hops int) (ast.Type, ast.Decl) {
	if hops <= 0 {
		return nil, nil
	}
	var o origin
	var ok bool
	switch e := e.(type) {
	case *ast.Name:
		o, ok = p.follow(in.F, in.I, e.Name, hops)
	case *ast.FieldExpr:
		o, ok = p.fieldOrigin(e, in, hops-1)
	default:
		return nil, nil
	}
	switch {
	case !ok:
		return nil, nil
	case o.Field != nil:
		return o.Field.Type, o.Decl
	case o.Value == nil || o.In.F.Node == nil:
		return nil, nil
	}
	t, d := p.writtenType(o.Value, o.In, hops-1)
	if _, unnested := o.Stage.(*ast.UnnestStage); unnested {
		if list, ok := t.(*ast.NamedType); ok && list.Name.String() == "array" && len(list.Params) == 1 {
			return list.Params[0], d
		}
		return nil, nil
	}
	return t, d
}
