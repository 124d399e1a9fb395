package feature

import (
	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/types"
)

// inExpr finds what a name in an expression stands for.
func (sp *spot) inExpr(m *meaning) bool {
	n, ok := sp.expr()
	if !ok {
		return false
	}
	if n.Value != nil {
		m.Type = n.Value.Type()
	}
	switch e := n.Expr.(type) {
	case *ast.Name:
		return sp.plainName(m, n, e)
	case *ast.FieldExpr:
		if e.Name.Span == m.At {
			return sp.fieldOfExpr(m, e)
		}
		if x, ok := e.X.(*ast.Name); ok && x.Span == m.At {
			return sp.aliasName(m, n, x)
		}
	case *ast.CallExpr:
		return sp.ofCall(m, e)
	case *ast.IsExpr:
		return false
	}
	return false
}

// ofCall is the name of a function, or the schema of a record that is made, or a field of it.
func (sp *spot) ofCall(m *meaning, e *ast.CallExpr) bool {
	called, _ := sp.p.declNamed(e.Fn.Pos().Text()).(*ast.SchemaDecl)
	if e.Fn.Pos().End == m.At.End {
		if called != nil {
			m.Decl = called
			return true
		}
		return sp.p.function(m)
	}
	for _, arg := range e.Args {
		if called != nil && arg.Name != nil && arg.Name.Span == m.At {
			o, ok := sp.p.fieldOfSchema(called, m.Word)
			m.Column, m.Type = &o, nil
			return ok
		}
	}
	return false
}

// emitted finds the schema, or a field, of the row that a schedule makes.
func (sp *spot) emitted(m *meaning) bool {
	d, ok := sp.decl.(*ast.ScheduleDecl)
	if !ok {
		return false
	}
	for _, act := range d.Acts {
		if act.Emit == nil {
			continue
		}
		if made, ok := act.Emit.Value.(*ast.CallExpr); ok && sp.holds(made.Span) {
			return sp.ofCall(m, made)
		}
	}
	return false
}

func (p *Program) function(m *meaning) bool {
	if a := p.env.Catalog.Aggregate(m.Word); a != nil {
		m.Aggregate = a
		return true
	}
	if f := p.env.Catalog.Function(m.Word); f != nil {
		m.Function = f
		return true
	}
	if f := rowFunction(m.Word); f != nil {
		m.Function = f
		return true
	}
	return false
}

func (sp *spot) plainName(m *meaning, n check.ExprNote, e *ast.Name) bool {
	if o, ok := sp.columnAt(n, e.Name); ok {
		m.Column = &o
		return true
	}
	if c, ok := n.Value.(*ir.Const); ok && c.T.Kind == types.Enum {
		if d, ok := sp.p.declNamed(c.T.Name).(*ast.EnumDecl); ok {
			m.Symbol = symbolNamed(d, e.Name)
			return m.Symbol != nil
		}
	}
	return sp.paramNamed(m) || sp.aliasName(m, n, e)
}

// paramNamed finds a parameter of the function or pipe around.
func (sp *spot) paramNamed(m *meaning) bool {
	var params []*ast.Param
	switch d := sp.decl.(type) {
	case *ast.FnDecl:
		params = d.Params
	case *ast.PipeDecl:
		params = d.Params
	}
	for _, p := range params {
		if p.Name.Name == m.Word {
			m.Local = &p.Name
			return true
		}
	}
	return false
}

// aliasName is the name of a source that rows go by.
func (sp *spot) aliasName(m *meaning, n check.ExprNote, e *ast.Name) bool {
	if o, ok := sp.columnAt(n, e.Name); ok {
		m.Column = &o
		return true
	}
	if sp.joined(m, e.Name) {
		return true
	}
	f, _, ok := sp.flowAt()
	if !ok || f.From == nil || f.Alias != e.Name {
		return sp.enumName(m)
	}
	if p, isPipeline := f.Node.(*ast.Pipeline); isPipeline && p.Alias != nil {
		m.Local = p.Alias
		return true
	}
	if d := sp.p.declOf(f.From.Path); d != nil {
		m.Decl = d
		return true
	}
	return false
}

// joined finds the name of the other row in the condition of a join or a lookup.
func (sp *spot) joined(m *meaning, name string) bool {
	f, i, ok := sp.stage()
	if !ok {
		return false
	}
	var alias ast.Ident
	switch st := f.Stages[i].(type) {
	case *ast.JoinStage:
		alias = st.Alias
	case *ast.LookupStage:
		alias = st.Alias
	}
	if name == "" || alias.Name != name {
		return false
	}
	m.Column = &origin{Name: name, At: alias.Span, Decl: f.Decl, Stage: f.Stages[i], In: flowPoint{f, i}}
	return true
}

func (sp *spot) enumName(m *meaning) bool {
	if d, ok := sp.p.declNamed(m.Word).(*ast.EnumDecl); ok {
		m.Decl = d
		return true
	}
	return false
}

// columnAt is the origin of a column named in an expression.
func (sp *spot) columnAt(n check.ExprNote, name string) (origin, bool) {
	if n.In == nil {
		return origin{}, false
	}
	if _, ok := n.In.Column(name); !ok && n.In.Union() == nil && !n.In.Broken {
		return origin{}, false
	}
	if f, i, ok := sp.stage(); ok {
		if o, ok := sp.p.origin(f, i, name); ok {
			return o, true
		}
		return sp.p.matched(f, i, name)
	}
	if f, _, ok := sp.flowAt(); ok {
		return sp.p.origin(f, 0, name)
	}
	switch d := sp.decl.(type) {
	case *ast.TopicDecl:
		return sp.p.ofDecl(d, name, maxHops)
	case *ast.RouteDecl:
		return sp.p.ofRel(&d.From, name, maxHops)
	case *ast.ViewDecl:
		return sp.p.ofDecl(d, name, maxHops)
	}
	return origin{}, false
}

// matched finds a column of the rows of a define in a match.
func (p *Program) matched(f flow, i int, name string) (origin, bool) {
	st, ok := f.Stages[i].(*ast.MatchStage)
	if !ok {
		return origin{}, false
	}
	for _, d := range st.Defines {
		if d.Name.Name == name {
			return origin{Name: name, At: d.Name.Span, Decl: f.Decl, Value: d.Cond, Stage: st, In: flowPoint{f, i}}, true
		}
	}
	return origin{}, false
}

// fieldOfExpr is a.b with the cursor at b.
func (sp *spot) fieldOfExpr(m *meaning, e *ast.FieldExpr) bool {
	if at, ok := sp.point(); ok {
		if o, found := sp.p.fieldOrigin(e, at, maxHops); found {
			m.Column = &o
			return true
		}
	}
	if x, ok := e.X.(*ast.Name); ok {
		if d, isEnum := sp.p.declNamed(x.Name).(*ast.EnumDecl); isEnum {
			m.Symbol = symbolNamed(d, e.Name.Name)
			return m.Symbol != nil
		}
	}
	for _, n := range sp.notes.Exprs {
		if n.Expr == e.X && n.Value != nil {
			if o, ok := sp.p.originOfField(n.Value.Type(), e.Name.Name); ok {
				m.Column = &o
				return true
			}
		}
	}
	return false
}

// point is the place in a flow at which an expression there is computed.
func (sp *spot) point() (flowPoint, bool) {
	f, i, ok := sp.stage()
	if !ok {
		if f, _, ok = sp.flowAt(); !ok {
			return flowPoint{}, false
		}
	}
	return flowPoint{f, i}, true
}
