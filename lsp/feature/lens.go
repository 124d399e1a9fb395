package feature

import (
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
)

// Lenses are the commands shown above declarations: Run, Preview, Test.
func (s *Snapshot) Lenses(path string) []lsp.CodeLens {
	out := []lsp.CodeLens{}
	doc := s.Doc(path)
	if doc == nil || s.env.Runner == nil {
		return out
	}
	tests := false
	for _, d := range doc.Tree.Decls {
		name := d.DeclHead().Name
		if name.Name == "" {
			continue
		}
		r := s.rangeOf(doc, name.Span)
		add := func(title, command string) {
			out = append(out, lsp.CodeLens{Range: r, Command: &lsp.Command{Title: title, Command: command, Arguments: []any{uriOf(doc), name.Name}}})
		}
		switch d.(type) {
		case *ast.StreamDecl, *ast.ViewDecl:
			add("Run", CommandRun)
			add("Preview 10 rows", CommandPreview)
		case *ast.TestDecl:
			if !tests {
				add("Test all", CommandTestFile)
				tests = true
			}
			add("Test", CommandTest)
		}
	}
	return out
}
