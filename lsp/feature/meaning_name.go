package feature

import "github.com/edynamic/edynamic/lang/ast"

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
