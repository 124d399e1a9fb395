package feature

import (
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
	for _, find := range []func(*meaning) bool{sp.declared, sp.referred, sp.inExpr, sp.made, sp.emitted, sp.recordKey, sp.setting} {
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
