package feature

import (
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/types"
)

// members are what may stand behind a point.
func (c *cursor) members() []candidate {
	var path []string
	i := len(c.before) - 1
	for i >= 1 && (c.before[i].text == "." || c.before[i].text == "?.") && wordlike(c.before[i-1].kind) {
		path = append([]string{unquoted(c.before[i-1].text)}, path...)
		i -= 2
	}
	if len(path) == 0 {
		return nil
	}
	row, f := c.above()
	first := path[0]
	var out []candidate
	if first == "window" && len(path) == 1 {
		out = append(out, keywords([]string{"start", "end"}, lsp.CompletionItemKindField, 90)...)
	}
	if t := c.typeOf(row, f, path); t != nil {
		out = append(out, fields(t, 90)...)
	}
	if len(path) == 1 {
		if d, ok := c.p.declNamed(first).(*ast.EnumDecl); ok {
			for _, item := range d.Items {
				out = append(out, candidate{label: item.Name.Name, kind: lsp.CompletionItemKindEnumMember, base: 80})
			}
		}
		out = append(out, c.exported(first)...)
		if first == f.Alias || len(out) == 0 && c.isDefine(first) {
			out = append(out, columns(row, 80)...)
		}
		if c.isDefine(first) {
			out = append(out, columns(row, 80)...)
		}
	}
	return out
}

// isDefine tells that a match around names rows so.
func (c *cursor) isDefine(name string) bool {
	if c.stage != "match" {
		return false
	}
	for i := c.stageAt; i+1 < len(c.before); i++ {
		if c.before[i].text == "define" && c.before[i+1].text == name {
			return true
		}
	}
	return false
}

// exported are the declarations of an imported file.
func (c *cursor) exported(alias string) []candidate {
	var out []candidate
	for _, imp := range c.doc.Tree.Imports {
		if moduleWordOf(imp) != alias {
			continue
		}
		_, d := c.s.imported(c.doc.Path, imp)
		if d == nil {
			continue
		}
		for _, decl := range d.Tree.Decls {
			if decl.DeclHead().Export {
				out = append(out, candidate{label: decl.DeclHead().Name.Name, kind: lsp.CompletionItemKindReference, base: 80})
			}
		}
	}
	return out
}

// typeOf is the type of a dotted path on a row, nil where it is unknown.
func (c *cursor) typeOf(row *types.Stream, f flow, path []string) *types.Type {
	var t *types.Type
	switch {
	case row != nil && hasColumn(row, path[0]):
		col, _ := row.Column(path[0])
		t = col.Type
	case row != nil && path[0] == f.Alias:
		t = row.Row()
	case c.isDefine(path[0]) && row != nil:
		t = row.Row()
	default:
		t = c.sideType(path[0])
	}
	for _, name := range path[1:] {
		if t == nil {
			return nil
		}
		t = memberOf(t, name)
	}
	return t
}

func hasColumn(row *types.Stream, name string) bool {
	_, ok := row.Column(name)
	return ok
}

func memberOf(t *types.Type, name string) *types.Type {
	switch t.Kind {
	case types.Record:
		if f, ok := t.FieldNamed(name); ok {
			return f.Type
		}
	case types.Union:
		for _, b := range t.Branches {
			if f, ok := b.FieldNamed(name); ok {
				return f.Type
			}
		}
	}
	return nil
}

// sideType is the row that the join being written calls so.
func (c *cursor) sideType(name string) *types.Type {
	for j := max(0, c.stageAt); j+3 < len(c.before); j++ {
		if !joinWord(c.before[j].text) || c.before[j+1].text != name || c.before[j+2].text != "=" {
			continue
		}
		if d := c.p.declNamed(c.before[j+3].text); d != nil {
			if t := c.p.streamOf(d); t != nil {
				return t.Row()
			}
		}
		if t := c.p.index().topics[c.before[j+3].text]; t != nil {
			return t.Row
		}
	}
	return nil
}
