package editors_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lsp/editors"
)

func TestSetup(t *testing.T) {
	for _, name := range editors.Names {
		text, ok := editors.Setup(name)
		if !ok || !strings.Contains(text, "edyc") || !strings.HasSuffix(text, "\n") {
			t.Errorf("%s: no set-up that names edyc and ends with its line: %v %q", name, ok, text)
		}
	}
	if text, ok := editors.Setup("ed"); ok || text != "" {
		t.Errorf("there is a set-up for ed: %q", text)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

type snippet struct {
	Prefix, Description string
	Body                []string
}

var hole = regexp.MustCompile(`\$\{\d+:([^{}]*)\}`)

// TestSnippets expands each snippet with what it suggests and reads it: a snippet that
// is a declaration by itself, one that is a stage behind a source, one that is a step in
// a test.
func TestSnippets(t *testing.T) {
	var all map[string]snippet
	if err := json.Unmarshal(read(t, "vscode/snippets/edy.json"), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 15 {
		t.Fatalf("only %d snippets", len(all))
	}
	prefixes := map[string]string{}
	for name, s := range all {
		if other := prefixes[s.Prefix]; other != "" {
			t.Errorf("%s and %s have the prefix %q", name, other, s.Prefix)
		}
		prefixes[s.Prefix] = name
		text := strings.Join(s.Body, "\n")
		for hole.MatchString(text) { // holes nest
			text = hole.ReplaceAllString(text, "$1")
		}
		if strings.Contains(text, "$") {
			t.Errorf("%s: a hole without a suggestion: %s", name, text)
		}
		switch {
		case strings.HasPrefix(text, "|>"):
			text = "stream s = from t\n" + text
		case s.Prefix == "advance":
			text = "test \"t\" {\n" + text + "\n}"
		}
		_, diags := syntax.Parse(source.New("snippet.edy", text))
		for _, d := range diags.Items {
			t.Errorf("%s: %s\n%s", name, d.Message, text)
		}
	}
}

// TestStages proves that each editor's grammar knows each stage, and the words of the
// language that are reserved.
func TestStages(t *testing.T) {
	ebnf := string(read(t, "../../lang/syntax/testdata/grammar.ebnf"))
	rule := regexp.MustCompile(`(?m)^(\w+Stage)\s+= (?:\[ \w+ \] )?(?:\[ )?"(\w+)"`)
	var stages []string
	for _, m := range rule.FindAllStringSubmatch(ebnf, -1) {
		stages = append(stages, m[2])
	}
	if len(stages) < 30 {
		t.Fatalf("only %d stages in the grammar: %v", len(stages), stages)
	}
	textMate := string(read(t, "vscode/syntaxes/edy.tmLanguage.json"))
	treeSitter := string(read(t, "tree-sitter-edy/grammar.js"))
	highlights := string(read(t, "tree-sitter-edy/queries/highlights.scm"))
	list := regexp.MustCompile(`where\|select\|[a-z|]+`).FindString(textMate)
	for _, s := range stages {
		if !slices.Contains(strings.Split(list, "|"), s) {
			t.Errorf("the TextMate grammar does not know the stage %q", s)
		}
		if !strings.Contains(treeSitter, "'"+s+"'") {
			t.Errorf("the tree-sitter grammar does not know the stage %q", s)
		}
		if !strings.Contains(highlights, `"`+s+`"`) && !strings.Contains(highlights, "("+s+")") {
			t.Errorf("the highlight query does not colour the stage %q", s)
		}
	}
}
