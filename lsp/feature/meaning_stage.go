package feature

import "github.com/edynamic/edynamic/lang/ast"

// made finds the name of a column where a stage makes it.
func (sp *spot) made(m *meaning) bool {
	f, i, ok := sp.stage()
	if !ok {
		return false
	}
	if o, ok := sp.p.origin(f, i+1, m.Word); ok && o.At == m.At {
		t := sp.p.Result.Stages[f.Stages[i]]
		if t == nil {
			m.Column = &o
			return true
		}
		if c, ok := t.Column(m.Word); ok || t.Broken && o.At != f.Stages[i].Pos() { // else it is the word of the stage
			m.Column, m.Type = &o, c.Type
			return true
		}
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
		for k := 1; k < len(path.Parts); k++ {
			if path.Parts[k].Span != m.At {
				continue
			}
			fe, _ := pathExpr(ast.Path{Parts: path.Parts[:k+1]}).(*ast.FieldExpr)
			o, ok := sp.p.fieldOrigin(fe, flowPoint{f, i}, maxHops)
			m.Column = &o
			return ok
		}
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

// recordKey finds the key of a row in a test, or of a record in a row.
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
			if made, ok := row.(*ast.CallExpr); ok && sp.holds(made.Span) {
				return sp.ofCall(m, made)
			}
			rec, ok := row.(*ast.RecordExpr)
			if !ok || !sp.holds(rec.Span) {
				continue
			}
			o, ok := sp.keyOf(m, rec, func(name string) (origin, bool) { return sp.p.ofRel(&ast.RelRef{Path: path}, name, maxHops) })
			if ok {
				m.Column = &o
			}
			if t := sp.p.Result.Inputs[st]; t != nil {
				if c, found := t.Column(m.Word); found {
					m.Type = c.Type
				}
			}
			return ok
		}
	}
	return false
}

// keyOf is the origin of the key at the place in a record whose fields are found so.
func (sp *spot) keyOf(m *meaning, rec *ast.RecordExpr, find func(name string) (origin, bool)) (origin, bool) {
	for _, f := range rec.Fields {
		if f.Name.Span == m.At {
			return find(f.Name.Name)
		}
		inner, ok := f.Value.(*ast.RecordExpr)
		if !ok || !sp.holds(inner.Span) {
			continue
		}
		o, ok := find(f.Name.Name)
		if !ok || o.Field == nil {
			return origin{}, false
		}
		return sp.keyOf(m, inner, func(name string) (origin, bool) { return sp.p.fieldOf(o.Field.Type, o.Decl, name) })
	}
	return origin{}, false
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
