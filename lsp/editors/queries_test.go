package editors_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the queries of Helix and Zed anew")

// Each editor has names of its own for what tree-sitter's highlight query tells apart.
// What is not listed is named alike, or by its first part.
var captures = map[string]map[string]string{
	"helix/queries/edy/highlights.scm": {
		"number": "constant.numeric.integer", "number.float": "constant.numeric.float", "boolean": "constant.builtin.boolean",
		"string.escape": "constant.character.escape", "string.special": "constant.numeric", "property": "variable.other.member",
		"comment.documentation": "comment.block.documentation", "module": "namespace", "function.call": "function",
		"keyword.conditional": "keyword.control.conditional", "keyword.exception": "keyword.control.exception",
		"keyword.import": "keyword.control.import",
	},
	"zed/languages/edy/highlights.scm": {
		"number.float": "number", "string.special": "number", "string.regexp": "string.regex", "comment.documentation": "comment.doc",
		"module": "type", "function.call": "function", "keyword.conditional": "keyword", "keyword.exception": "keyword",
		"keyword.import": "keyword", "type.builtin": "type", "constant.builtin": "constant",
	},
}

var capture = regexp.MustCompile(`@[a-z.]+`)

// TestQueriesOfEditors proves that the highlight queries of Helix and Zed are those of
// the grammar under the editors' names.
func TestQueriesOfEditors(t *testing.T) {
	text, err := os.ReadFile("tree-sitter-edy/queries/highlights.scm")
	if err != nil {
		t.Fatal(err)
	}
	for path, names := range captures {
		used := map[string]bool{}
		want := capture.ReplaceAllStringFunc(string(text), func(c string) string {
			if name, ok := names[c[1:]]; ok {
				used[c[1:]] = true
				return "@" + name
			}
			return c
		})
		want = "; Made from lsp/editors/tree-sitter-edy/queries/highlights.scm by: go test ./lsp/editors -update\n" + want
		for name := range names {
			if !used[name] {
				t.Errorf("%s renames @%s, which the grammar's query has not", path, name)
			}
		}
		if *update {
			if err := os.MkdirAll(path[:strings.LastIndexByte(path, '/')], 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not up to date: go test ./lsp/editors -update", path)
		}
	}
}
