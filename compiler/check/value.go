package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/types"
)

// constant checks a const; its expression stands wherever it is named.
func (m *module) constant(d *ast.ConstDecl) ir.Expr {
	if x, ok := m.consts[d]; ok {
		if x == nil {
			m.c.report("E0212", d.Name.Span, `"`+d.Name.Name+`" is defined by itself`, "")
			return unknown(d.Name.Span)
		}
		return x
	}
	m.consts[d] = nil
	var x ir.Expr
	m.c.within(d, func() {
		var want *types.Type
		if d.Type != nil {
			want = m.resolve(d.Type, nil)
		}
		x = m.scope(nil).coerced(d.Value, want, `"`+d.Name.Name+`"`)
	})
	m.consts[d] = x
	return x
}

// param checks a param.
func (m *module) param(d *ast.ParamDecl) *ir.ParamDef {
	name := m.prefix + d.Name.Name
	if p, ok := m.c.params[name]; ok {
		return p
	}
	p := &ir.ParamDef{Name: name, At: d.Name.Span, Type: types.TUnknown}
	m.c.params[name] = p
	m.c.within(d, func() {
		p.Type = m.resolve(d.Type, nil)
		if d.Default != nil {
			p.Default, p.HasValue = m.constValue(d.Default, p.Type)
			if !p.HasValue && p.Type.Kind != types.Unknown {
				m.notConstant(d.Default, `the default of "`+d.Name.Name+`"`)
			}
		}
		m.paramSettings(d, p)
	})
	m.c.prog.Params = append(m.c.prog.Params, p)
	return p
}

// notConstant reports a value that is not known when the program is compiled,
// unless checking it failed already.
func (m *module) notConstant(e ast.Expr, what string) {
	failed := m.c.quietly(func() { m.scope(nil).expr(e, nil) })
	if !failed {
		m.c.report("E0317", e.Pos(), what+" must be a constant", "")
	}
}

func (m *module) paramSettings(d *ast.ParamDecl, p *ir.ParamDef) {
	if d.Settings == nil {
		return
	}
	for _, s := range d.Settings.Items {
		switch s.Name.Name {
		case "min":
			p.Min, _ = m.constValue(s.Value, p.Type)
		case "max":
			p.Max, _ = m.constValue(s.Value, p.Type)
		case "doc":
			if lit, ok := s.Value.(*ast.StringLit); ok {
				p.Doc = lit.Value
			}
		default:
			m.c.suggest(m.c.report("E0209", s.Name.Span, `a param has no setting "`+s.Name.Name+`"`, ""), s.Name, settingNames(paramSettings))
		}
	}
}

// paramValue is the value a param has where it must be known to the compiler.
func (c *checker) paramValue(name string) (any, bool) {
	if v, ok := c.opts.Params[name]; ok {
		c.structural(name)
		return v, true
	}
	p, ok := c.params[name]
	if !ok || !p.HasValue {
		return nil, false
	}
	c.structural(name)
	return p.Default, true
}

// structural marks a param whose value shapes the program: changing it means
// checking again.
func (c *checker) structural(name string) {
	if p, ok := c.params[name]; ok {
		p.Structural = true
	}
}

// secret checks a secret's store.
func (m *module) secret(d *ast.SecretDecl) {
	if d.Store.Name != "env" && !m.busy[d] {
		m.busy[d] = true
		m.c.report("E0916", d.Store.Span, `secrets can be read from "env" only in this version`, "").
			Note(`secret ` + d.Name.Name + ` from env "NAME"`)
	}
}
