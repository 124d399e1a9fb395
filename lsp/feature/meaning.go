package feature

import (
	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
)

// meaning is what the word at a place stands for. At most one of Decl, Column, Symbol,
// Function, Aggregate and Setting is set.
type meaning struct {
	At        source.Span // of the word
	Word      string
	Decl      ast.Decl
	Import    *ast.ImportDecl // the file it stands for
	Column    *origin
	Symbol    *symbol
	Function  *sig.Function
	Aggregate *sig.Aggregate
	Setting   *sig.Setting
	Local     *ast.Ident  // a parameter, where it is declared
	Type      *types.Type // of its value, nil for what has none
}

// symbol is a symbol of an enum.
type symbol struct {
	Enum *ast.EnumDecl
	Item *ast.EnumItem
}

// meaning finds out what stands at a place.
func (sp *spot) meaning() (m meaning, ok bool) {
	t, text := sp.token()
	if t.Kind != syntax.Ident && t.Kind != syntax.Reserved || sp.decl == nil {
		return sp.outside(t, text)
	}
	m.At, m.Word = sp.span(t), unquoted(text)
	for _, find := range []func(*meaning) bool{sp.declared, sp.referred, sp.inExpr, sp.made, sp.recordKey, sp.setting} {
		if find(&m) {
			return m, true
		}
	}
	return m, false
}

func unquoted(name string) string {
	if len(name) > 1 && name[0] == '`' {
		return name[1 : len(name)-1]
	}
	return name
}

// outside finds the names of imports.
func (sp *spot) outside(t syntax.Token, text string) (meaning, bool) {
	m := meaning{At: sp.span(t), Word: unquoted(text)}
	for _, imp := range sp.part.Tree.Imports {
		if !sp.holds(imp.Span) {
			continue
		}
		m.Import = imp
		for _, n := range imp.Names {
			if n.Span == m.At {
				if d := sp.p.declNamed(n.Name); d != nil {
					m.Decl, m.Import = d, nil
				}
			}
		}
		return m, true
	}
	return m, false
}

// declared finds the name of a declaration, or a name it declares inside.
func (sp *spot) declared(m *meaning) bool {
	if sp.decl.DeclHead().Name.Span == m.At {
		m.Decl = sp.decl
		if s := sp.p.streamOf(sp.decl); s != nil {
			m.Type = s.Row()
		}
		return true
	}
	switch d := sp.decl.(type) {
	case *ast.SchemaDecl:
		if d.Record != nil {
			return sp.fieldName(m, d.Record, d)
		}
	case *ast.TopicDecl:
		if r, ok := d.Row.(*ast.RecordType); ok && sp.fieldName(m, r, d) {
			return true
		}
	case *ast.EnumDecl:
		for i := range d.Items {
			if d.Items[i].Name.Span == m.At {
				m.Symbol = &symbol{d, &d.Items[i]}
				return true
			}
		}
		if d.Default != nil && d.Default.Span == m.At {
			m.Symbol = symbolNamed(d, m.Word)
			return m.Symbol != nil
		}
	case *ast.FnDecl:
		return paramName(m, d.Params)
	case *ast.PipeDecl:
		return paramName(m, d.Params)
	case *ast.ViewDecl:
		for _, s := range d.States {
			if s.Name.Span == m.At {
				m.Column = &origin{Name: s.Name.Name, At: s.Name.Span, Decl: d, Value: s.Init}
				return true
			}
		}
	}
	return false
}

func paramName(m *meaning, params []*ast.Param) bool {
	for _, p := range params {
		if p.Name.Span == m.At {
			m.Local = &p.Name
			return true
		}
	}
	return false
}

func (sp *spot) fieldName(m *meaning, r *ast.RecordType, d ast.Decl) bool {
	for _, f := range r.Fields {
		if f.Name.Span == m.At {
			m.Column = &origin{Name: f.Name.Name, At: f.Name.Span, Decl: d, Field: f}
			return true
		}
		if inner, ok := f.Type.(*ast.RecordType); ok && sp.fieldName(m, inner, d) {
			return true
		}
	}
	return false
}

func symbolNamed(d *ast.EnumDecl, name string) *symbol {
	for i := range d.Items {
		if d.Items[i].Name.Name == name {
			return &symbol{d, &d.Items[i]}
		}
	}
	return nil
}

// referred finds a name that stands for a declaration.
func (sp *spot) referred(m *meaning) bool {
	n, ok := sp.name()
	if !ok {
		return sp.implicit(m)
	}
	if len(n.Path.Parts) > 1 && n.Path.Parts[0].Span == m.At {
		for _, imp := range sp.doc.Tree.Imports {
			if imp.As != nil && imp.As.Name == m.Word || imp.As == nil && sp.p.docs != nil && moduleWord(imp) == m.Word {
				m.Import = imp
				return true
			}
		}
		return false
	}
	if last := n.Path.Parts[len(n.Path.Parts)-1]; last.Span != m.At {
		return false
	}
	m.Decl = n.Decl
	if s := sp.p.streamOf(n.Decl); s != nil {
		m.Type = s.Row()
	}
	return true
}

// implicit finds a topic that is declared nowhere: the first place that writes it
// stands for its declaration.
func (sp *spot) implicit(m *meaning) bool {
	ws := sp.p.index().writers[m.Word]
	if len(ws) == 0 || sp.p.index().topics[m.Word] == nil {
		return false
	}
	isName := false
	for _, w := range ws {
		isName = isName || w.at == m.At
	}
	for _, f := range flowsOf(sp.decl) {
		isName = isName || f.From != nil && f.From.Path.Span == m.At
	}
	if test, ok := sp.decl.(*ast.TestDecl); ok {
		for _, st := range test.Steps {
			if e, ok := st.(*ast.ExpectStep); ok && e.Target.Span == m.At {
				isName = true
			}
		}
	}
	if !isName {
		return false
	}
	m.Local = &ast.Ident{At: ast.At{Span: ws[0].at}, Name: m.Word}
	m.Type = sp.p.index().topics[m.Word].Row
	return true
}

func moduleWord(imp *ast.ImportDecl) string {
	if imp.File != nil {
		base := imp.File.Value
		for i := len(base) - 1; i >= 0; i-- {
			if base[i] == '/' {
				base = base[i+1:]
				break
			}
		}
		if len(base) > 4 && base[len(base)-4:] == ".edy" {
			base = base[:len(base)-4]
		}
		return base
	}
	if n := len(imp.Path.Parts); n > 0 {
		return imp.Path.Parts[n-1].Name
	}
	return ""
}

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
		if e.Fn.Pos().End == m.At.End && sp.p.function(m) {
			return true
		}
	case *ast.IsExpr:
		return false
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
	if x, ok := e.X.(*ast.Name); ok {
		if o, found := sp.sideColumn(x.Name, e.Name.Name); found {
			m.Column = &o
			return true
		}
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

// sideColumn is a column read through the name of a source: of the rows themselves, or
// of the other side of a join above.
func (sp *spot) sideColumn(side, name string) (origin, bool) {
	f, i, ok := sp.stage()
	if !ok {
		if f, _, ok = sp.flowAt(); !ok {
			return origin{}, false
		}
	}
	for k := min(i, len(f.Stages)-1); k >= 0; k-- {
		switch st := f.Stages[k].(type) {
		case *ast.JoinStage:
			if st.Alias.Name == side {
				return sp.p.ofRel(&st.Right, name, maxHops)
			}
		case *ast.LookupStage:
			if st.Alias.Name == side {
				return sp.p.ofRel(&st.Right, name, maxHops)
			}
		case *ast.MatchStage:
			for _, d := range st.Defines {
				if d.Name.Name == side && k == i {
					return sp.p.origin(f, i, name)
				}
			}
		}
	}
	if side == f.Alias {
		return sp.p.origin(f, i, name)
	}
	return origin{}, false
}

// made finds the name of a column where a stage makes it.
func (sp *spot) made(m *meaning) bool {
	f, i, ok := sp.stage()
	if !ok {
		return false
	}
	if o, ok := sp.p.origin(f, i+1, m.Word); ok && o.At == m.At {
		m.Column = &o
		if t := sp.p.Result.Stages[f.Stages[i]]; t != nil {
			if c, ok := t.Column(m.Word); ok {
				m.Type = c.Type
			}
		}
		return true
	}
	switch st := f.Stages[i].(type) {
	case *ast.DropStage:
		return sp.pathOfStage(m, f, i, st.Paths)
	case *ast.RequireStage:
		return sp.pathOfStage(m, f, i, st.Paths)
	case *ast.RenameStage:
		for _, item := range st.Items {
			if sp.pathOfStage(m, f, i, []ast.Path{item.Old}) {
				return true
			}
		}
	case *ast.SelectStage:
		for _, item := range st.Items {
			if sp.pathOfStage(m, f, i, item.Except) {
				return true
			}
		}
	case *ast.MatchStage:
		if o, ok := sp.p.matched(f, i, m.Word); ok {
			m.Column = &o
			return true
		}
	}
	return false
}

// pathOfStage finds a column that a stage names outside expressions.
func (sp *spot) pathOfStage(m *meaning, f flow, i int, paths []ast.Path) bool {
	for _, path := range paths {
		if len(path.Parts) == 0 || path.Parts[0].Span != m.At {
			continue
		}
		o, ok := sp.p.origin(f, i, m.Word)
		if ok {
			m.Column = &o
			if c, ok := sp.p.typeAt(f, i).Column(m.Word); ok {
				m.Type = c.Type
			}
		}
		return ok
	}
	return false
}

// recordKey finds the key of a row in a test.
func (sp *spot) recordKey(m *meaning) bool {
	test, ok := sp.decl.(*ast.TestDecl)
	if !ok {
		return false
	}
	for _, st := range test.Steps {
		if !sp.holds(st.Pos()) {
			continue
		}
		path, rows := stepTarget(st)
		for _, row := range rows {
			rec, ok := row.(*ast.RecordExpr)
			if !ok {
				continue
			}
			for _, f := range rec.Fields {
				if f.Name.Span != m.At {
					continue
				}
				o, ok := sp.p.ofRel(&ast.RelRef{Path: path}, f.Name.Name, maxHops)
				if ok {
					m.Column = &o
				}
				if t := sp.p.Result.Inputs[st]; t != nil {
					if c, found := t.Column(f.Name.Name); found {
						m.Type = c.Type
					}
				}
				return ok
			}
		}
	}
	return false
}

// stepTarget is what a step of a test names, and its rows.
func stepTarget(st ast.TestStep) (ast.Path, []ast.Expr) {
	switch st := st.(type) {
	case *ast.GivenStep:
		return st.Target, st.Rows.Rows
	case *ast.ExpectStep:
		return st.Target, st.Rows.Rows
	}
	return ast.Path{}, nil
}

// setting finds the name of a setting.
func (sp *spot) setting(m *meaning) bool {
	block, known := settingsOf(sp.decl)
	if block == nil {
		return false
	}
	for _, item := range block.Items {
		if item.Name.Span != m.At {
			continue
		}
		for _, k := range known(sp.p) {
			if k.Name == m.Word {
				m.Setting = &k
				return true
			}
		}
	}
	return false
}
