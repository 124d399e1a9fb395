package feature

import (
	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/stdlib"
)

// settingsOf is the block of settings of a declaration, nil for none, and which settings
// may stand in it.
func settingsOf(d ast.Decl) (*ast.Settings, func(*Program) []sig.Setting) {
	fixed := func(*Program) []sig.Setting { return check.SettingsOf(d) }
	switch d := d.(type) {
	case *ast.TopicDecl:
		return d.Settings, fixed
	case *ast.SourceDecl:
		return d.Settings, func(p *Program) []sig.Setting { return p.connectorSettings(d.Connector.String()) }
	case *ast.SinkDecl:
		return d.Settings, func(p *Program) []sig.Setting { return p.connectorSettings(d.Connector.String()) }
	case *ast.ParamDecl:
		return d.Settings, fixed
	case *ast.StreamDecl:
		return d.With, fixed
	case *ast.FnDecl:
		if d.Wasm != nil {
			return d.Wasm.Settings, fixed
		}
	}
	return nil, nil
}

// settingsBehind are the settings of declarations that begin with a word, nil for none.
func settingsBehind(head string) []sig.Setting {
	switch head {
	case "topic":
		return check.SettingsOf(&ast.TopicDecl{})
	case "param":
		return check.SettingsOf(&ast.ParamDecl{})
	case "table":
		return check.SettingsOf(&ast.StreamDecl{Table: true})
	case "fn":
		return check.SettingsOf(&ast.FnDecl{Wasm: &ast.WasmBody{}})
	}
	return nil
}

func (p *Program) connectorSettings(name string) []sig.Setting {
	if c := p.env.Catalog.Connector(name); c != nil {
		return c.Settings
	}
	return nil
}

// rowFunction is a function that works with `over`, nil for none.
func rowFunction(name string) *sig.Function {
	return stdlib.LookupRowFunction(name)
}

func rowFunctions() []*sig.Function { return stdlib.RowFunctions() }
