package feature

import (
	"strings"

	"github.com/edynamic/edynamic/lang/ast"
)

// csvOf is the CSV text of a step of a test, nil for none, and what the step names.
func csvOf(st ast.TestStep) (*ast.StringLit, ast.Path) {
	switch st := st.(type) {
	case *ast.GivenStep:
		return st.Rows.CSV, st.Target
	case *ast.ExpectStep:
		return st.Rows.CSV, st.Target
	}
	return nil, ast.Path{}
}

// headName is a column named in the head of CSV rows, with its offset in their text.
type headName struct {
	name string
	at   int
}

// csvHead are the columns that the first line of CSV rows names.
func csvHead(text string) []headName {
	at := strings.IndexByte(text, '\n') + 1 // behind the quotes
	line, _, _ := strings.Cut(text[at:], "\n")
	var out []headName
	for _, cell := range strings.Split(line, ",") {
		name := strings.TrimSpace(cell)
		out = append(out, headName{name, at + strings.Index(cell, name)})
		at += len(cell) + 1
	}
	return out
}
