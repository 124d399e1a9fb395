package server_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/protocol"
)

// The files in testdata hold programs with marks, /*a*/, and what an editor must be
// told at them. A section "-- name.edy --" is a file; the first one is opened. "-- check --"
// holds a line for each expectation:
//
//	hover a: text              the hover at the mark has the text
//	complete a: x, y           the items x and y are among the first ten, in this order
//	complete a not: x          x is not offered
//	diag a: E0202 text         a diagnostic begins at the mark
//	clean                      there are no diagnostics
//	METHOD a: b c              definition, references and the like lead to the marks
//	METHOD a: none
//
// Others are in the tables of the other files of this test. What comes after
// "-- want name.edy --" is the file after the edits of the last rename, format or action.
// "-- later name.edy --" is a file that comes when a step writes it, "-- client --" what
// the client can do.

var mark = regexp.MustCompile(`/\*([a-z][a-z0-9]*)\*/`)

type place struct {
	path string
	pos  lsp.Position
}

type scenario struct {
	t       *testing.T
	c       *client
	dir     string
	main    string
	texts   map[string]string
	wants   map[string]string
	marks   map[string]place
	checks  []string
	edited  map[string]string
	later   map[string]string
	can     string            // the capabilities of the client
	had     map[string]string // the results of diagnostics that the client has, by URI
	tokens  lsp.SemanticTokens
	version int
}

func scenarioOf(t *testing.T, path string) *scenario {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &scenario{t: t, dir: filepath.Join(t.TempDir(), "main"), texts: map[string]string{}, wants: map[string]string{}, marks: map[string]place{},
		version: 1, later: map[string]string{}, had: map[string]string{}, can: `{"textDocument":{"completion":{"completionItem":{"snippetSupport":true}}}}`}
	name := ""
	sections := map[string]string{}
	var order []string
	for _, line := range strings.SplitAfter(string(data), "\n") {
		if head, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok && strings.HasSuffix(head, " --") {
			name = strings.TrimSuffix(head, " --")
			order = append(order, name)
			continue
		}
		sections[name] += line
	}
	for _, name := range order {
		text := sections[name]
		switch {
		case name == "check":
			for _, line := range strings.Split(text, "\n") {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
					s.checks = append(s.checks, line)
				}
			}
		case strings.HasPrefix(name, "want "):
			s.wants[strings.TrimPrefix(name, "want ")] = text
		case strings.HasPrefix(name, "later "):
			s.later[strings.TrimPrefix(name, "later ")] = text
		case name == "client":
			s.can = text
		default:
			s.file(name, text)
		}
	}
	return s
}

func (s *scenario) file(name, text string) {
	path := filepath.Join(s.dir, name)
	if s.main == "" {
		s.main = path
	}
	clean := ""
	for {
		at := mark.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		clean += text[:at[0]]
		s.marks[text[at[2]:at[3]]] = place{path, position(clean, len(clean))}
		text = text[at[1]:]
	}
	clean += text
	s.texts[path] = clean
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(clean), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func TestMarkers(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			s := scenarioOf(t, path)
			s.c = start(t, s.dir, s.can)
			s.c.open(s.main, s.texts[s.main])
			for _, line := range s.checks {
				s.check(line)
			}
			for name, want := range s.wants {
				if got := s.edited[filepath.Join(s.dir, name)]; got != want {
					t.Errorf("%s became\n%s\nand not\n%s", name, got, want)
				}
			}
		})
	}
}

func (s *scenario) check(line string) {
	head, want, _ := strings.Cut(line, ":")
	words := strings.Fields(head)
	want = strings.TrimSpace(want)
	var at place
	if len(words) > 1 && !steps[words[0]] {
		var ok bool
		if at, ok = s.marks[words[1]]; !ok {
			s.t.Fatalf("%q: there is no mark %s", line, words[1])
		}
	}
	failed := func(got any) { s.t.Errorf("%s\n  got: %v", line, got) }
	switch words[0] {
	case "hover":
		if got := s.c.hover(at.path, at.pos); !strings.Contains(got, strings.ReplaceAll(want, `\n`, "\n")) || want == "" {
			failed(got)
		}
	case "complete":
		s.completion(line, words, at, want)
	case "diag":
		s.diagnostic(line, at, want)
	case "clean":
		if got := s.c.published(s.main, 1); len(got) > 0 {
			failed(got[0].Message)
		}
	case "folder", "write", "delete", "put", "eventually":
		s.step(line, words, want)
	case "workspace":
		if got := s.symbols(words[1]); got != sortedWords(want) {
			failed(got)
		}
	case "format":
		var edits []lsp.TextEdit
		s.c.call("textDocument/formatting", map[string]any{"textDocument": map[string]any{"uri": protocol.URI(s.main)}, "options": map[string]any{"tabSize": 2, "insertSpaces": true}}, &edits)
		s.edited = map[string]string{s.main: applied(s.texts[s.main], edits)}
	default:
		s.more(line, words, at, want)
	}
}

func (s *scenario) completion(line string, words []string, at place, want string) {
	got := labels(s.c.complete(at.path, at.pos))
	names := strings.Split(want, ", ")
	if len(words) > 2 && words[2] == "not" {
		for _, n := range names {
			if slices.Contains(got, n) {
				s.t.Errorf("%s\n  got: %v", line, got)
			}
		}
		return
	}
	first := got[:min(10, len(got))]
	last := -1
	for _, n := range names {
		i := slices.Index(first, n)
		if i <= last {
			s.t.Errorf("%s\n  got: %v", line, first)
			return
		}
		last = i
	}
}

func (s *scenario) diagnostic(line string, at place, want string) {
	code, text, _ := strings.Cut(want, " ")
	var got []string
	for _, d := range s.c.published(at.path, 1) {
		c := fmt.Sprint(d.Code)
		got = append(got, fmt.Sprintf("%d:%d %s %s", d.Range.Start.Line, d.Range.Start.Character, c, d.Message))
		if d.Range.Start == at.pos && strings.Contains(d.Message, text) && c == code {
			return
		}
	}
	s.t.Errorf("%s\n  got: %v", line, strings.Join(got, "\n"))
}

// where writes places as marks, or as lines where there is none.
func (s *scenario) where(locations []lsp.Location) string {
	var out []string
	for _, l := range locations {
		path, _ := protocol.Path(l.URI)
		name := fmt.Sprintf("%s:%d:%d", filepath.Base(path), l.Range.Start.Line+1, l.Range.Start.Character+1)
		for m, p := range s.marks {
			if p.path == path && p.pos == l.Range.Start {
				name = m
			}
		}
		out = append(out, name)
	}
	sort.Strings(out)
	return strings.Join(out, " ")
}

// locations reads an answer that is a place, several, or none.
func locations(raw json.RawMessage) []lsp.Location {
	var many []lsp.Location
	if json.Unmarshal(raw, &many) == nil {
		return many
	}
	var one lsp.Location
	if json.Unmarshal(raw, &one) == nil && one.URI != "" {
		return []lsp.Location{one}
	}
	return nil
}
