package spec_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/spec"
)

// block is a code block of a chapter.
type block struct {
	line    int
	refused bool
	text    string
}

// chapters are the files of the reference.
func chapters(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("[0-9][0-9]-*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no chapters: %v", err)
	}
	return files
}

func chapterText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks are the edy blocks of a text, in order.
func blocks(text string) []block {
	var out []block
	var open *block
	for i, line := range strings.Split(text, "\n") {
		switch {
		case open != nil && line == "```":
			out = append(out, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		case line == "```edy" || line == "```edy refused":
			open = &block{line: i + 1, refused: strings.HasSuffix(line, "refused")}
		}
	}
	return out
}

// modules are the WASM modules of a chapter, in blocks that name their file.
var modules = regexp.MustCompile("(?ms)^```wat ([a-z_]+\\.wat)$\n(.*?)^```$")

// openText checks a program in a folder with the modules of the chapter it is from.
func openText(t *testing.T, name, text string) *spec.File {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, strings.TrimSuffix(name, ".md")+".edy")
	if strings.HasSuffix(name, ".md") { // a block of a chapter, which has modules as well
		for _, m := range modules.FindAllStringSubmatch(chapterText(t, name), -1) {
			if err := os.WriteFile(filepath.Join(dir, m[1]), []byte(m[2]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}

// TestReferenceBlocks checks the code of the reference: the blocks of a chapter are
// one file, whose tests pass; a refused block, put behind them, is refused for
// features that are not in this version and for nothing else.
func TestReferenceBlocks(t *testing.T) {
	for _, path := range chapters(t) {
		t.Run(path, func(t *testing.T) {
			var whole strings.Builder
			all := blocks(chapterText(t, path))
			for _, b := range all {
				if !b.refused {
					whole.WriteString(b.text + "\n")
				}
			}
			runReference(t, openText(t, path, whole.String()))
			for _, b := range all {
				if b.refused {
					refusedOnly(t, b, openText(t, path, whole.String()+b.text))
				}
			}
		})
	}
}

func runReference(t *testing.T, f *spec.File) {
	t.Helper()
	for _, d := range f.Unexpected.Items {
		t.Errorf("%s: %s in %q", d.Code, d.Message, d.Span().Text())
	}
	for _, opt := range settings() {
		runCases(t, f, opt)
	}
}

func refusedOnly(t *testing.T, b block, f *spec.File) {
	t.Helper()
	refused := 0
	for _, d := range f.Program.Diags.Items {
		switch {
		case strings.HasPrefix(string(d.Code), "E09"):
			refused++
		case d.Severity == diag.Error:
			t.Errorf("block at line %d: %s %s", b.line, d.Code, d.Message)
		}
	}
	if refused == 0 {
		t.Errorf("block at line %d is not refused", b.line)
	}
}

// lastRule is the number of the last rule of the language.
const lastRule = 140

// TestReferenceRules finds every rule once, and every folder of cases in a chapter.
func TestReferenceRules(t *testing.T) {
	rule := regexp.MustCompile(`(?m)^\*\*(\d+)\.\*\* `)
	folder := regexp.MustCompile(`\]\((cases/[a-z]+)\)`)
	where := map[int]string{}
	var folders []string
	for _, path := range chapters(t) {
		text := chapterText(t, path)
		for _, m := range rule.FindAllStringSubmatch(text, -1) {
			n, _ := strconv.Atoi(m[1])
			if where[n] != "" {
				t.Errorf("rule %d stands in %s and in %s", n, where[n], path)
			}
			where[n] = path
		}
		named := folder.FindAllStringSubmatch(text, -1)
		if len(named) == 0 {
			t.Errorf("%s names no folder of cases", path)
		}
		for _, m := range named {
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			folders = append(folders, m[1])
		}
	}
	for n := 1; n <= lastRule; n++ {
		if where[n] == "" {
			t.Errorf("rule %d stands in no chapter", n)
		}
	}
	entries, err := os.ReadDir("cases")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(folders, "cases/"+e.Name()) {
			t.Errorf("cases/%s is named by no chapter", e.Name())
		}
	}
}

// TestEveryRuleHasACase finds the number of every rule in a case or in a test.
func TestEveryRuleHasACase(t *testing.T) {
	named := regexp.MustCompile(`[Rr]ules? ?((?:\d+(?:, | and )?)+)`)
	number := regexp.MustCompile(`\d+`)
	tests, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("../cmd/edyc/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	have := map[int]bool{}
	for _, path := range append(append(caseFiles(t, "cases"), tests...), more...) {
		for _, m := range named.FindAllStringSubmatch(chapterText(t, path), -1) {
			for _, digits := range number.FindAllString(m[1], -1) {
				n, _ := strconv.Atoi(digits)
				have[n] = true
			}
		}
	}
	for n := 1; n <= lastRule; n++ {
		if !have[n] {
			t.Errorf("no case is named after rule %d", n)
		}
	}
}
