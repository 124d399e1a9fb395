package feature

import (
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
)

// maxImportable bounds what other files offer at a place.
const maxImportable = 40

// importable are exported declarations of files that are not imported yet: they come
// with the import they need. A module beside the file is imported by its name, any other
// file by its path, so that the program is the same wherever it is compiled.
func (c *cursor) importable(k kind, base int, want func(ast.Decl) bool) []candidate {
	if c.prefix == "" {
		return nil
	}
	var out []candidate
	for _, path := range c.s.Files() {
		if _, already := c.p.docs[path]; already || len(out) > maxImportable {
			continue
		}
		d := c.s.Doc(path)
		if d == nil {
			continue
		}
		for _, decl := range d.Tree.Decls {
			name := decl.DeclHead().Name.Name
			if decl.DeclHead().Export && want(decl) && fitsPrefix(name, c.prefix) {
				if cand, ok := c.importing(d, name); ok {
					cand.kind, cand.base = k, base
					out = append(out, cand)
				}
			}
		}
	}
	return out
}

// importing is a name of another file with its import; ok is false where no import of
// the file can be written.
func (c *cursor) importing(d *Doc, name string) (cand candidate, ok bool) {
	if m := d.Tree.Module; m != nil {
		module := m.Name.String()
		for _, path := range besides(c.doc.Path, &ast.ImportDecl{Path: m.Name}) {
			if there := c.s.Doc(path); there == d {
				return candidate{label: name, detail: "from " + module, imports: module + ".{" + name + "}"}, true
			} else if there != nil {
				break
			}
		}
	}
	rel := relative(c.doc.Path, d.Path)
	alias := moduleWord(&ast.ImportDecl{File: &ast.StringLit{Value: rel}})
	if _, err := asName(alias); rel == "" || err != nil || isDeclaration(alias) || c.p.declNamed(alias) != nil {
		return candidate{}, false
	}
	return candidate{label: name, insert: alias + "." + name, detail: "from " + rel, imports: "\"" + rel + "\" as " + alias}, true
}

// importEdit puts an import below those that are there.
func (s *Snapshot) importEdit(doc *Doc, what string) []lsp.TextEdit {
	at, text := 0, "import "+what+"\n"
	if m := doc.Tree.Module; m != nil {
		_, at, _ = doc.place(m.Span)
		text = "\n" + strings.TrimSuffix(text, "\n")
		if len(doc.Tree.Imports) == 0 {
			text = "\n" + text
		}
	}
	if n := len(doc.Tree.Imports); n > 0 {
		_, at, _ = doc.place(doc.Tree.Imports[n-1].Span)
		text = "\nimport " + what
	}
	return []lsp.TextEdit{{Range: s.env.Encoding.Range(doc.File, at, at), NewText: text}}
}
