package feature

import "github.com/edynamic/edynamic/lang/ast"

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
