package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lsp/protocol"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/load"
)

// TestEveryPage opens the program of each page before it is put right: the editor is told
// what the command line says, with the page of each code, and every fix of every mistake
// is a code action, which does to the text what the fix says.
func TestEveryPage(t *testing.T) {
	for _, p := range diag.Pages() {
		t.Run(string(p.Code), func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "page.edy")
			for _, f := range append([]diag.PageFile{{Name: "page.edy", Text: p.Before}}, p.Files...) {
				if err := os.WriteFile(filepath.Join(dir, f.Name), []byte(f.Text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			loaded, err := (&load.Loader{Catalog: build.Catalog(&file.System{}), Roots: []string{path}}).Load(path, nil)
			if err != nil {
				t.Skipf("the command line takes it for no program: %v", err)
			}
			c := start(t, dir, `{"general":{"positionEncodings":["utf-8"]}}`)
			c.open(path, p.Before)
			sameMistakes(t, c.published(path, 1), loaded.Diags.Items, path)
			everyFix(t, c, loaded.Diags.Items, path, p.Before)
		})
	}
}

func sameMistakes(t *testing.T, got []diagnostic, want []*diag.Diagnostic, path string) {
	t.Helper()
	var g, w []string
	for _, d := range got {
		g = append(g, fmt.Sprintf("%d:%d %v %v", d.Range.Start.Line+1, d.Range.Start.Character, d.Code, strings.Split(d.Message, "\n")[0]))
		if d.CodeDescription.Href != "https://edynamic.example/"+fmt.Sprint(d.Code) {
			t.Errorf("%v has the page %q", d.Code, d.CodeDescription.Href)
		}
	}
	for _, d := range want {
		if s := d.Span(); s.File != nil && s.File.Name == path {
			at := s.Position()
			text := d.Message
			if len(d.Labels) > 0 && d.Labels[0].Text != "" {
				text += "; " + d.Labels[0].Text
			}
			w = append(w, fmt.Sprintf("%d:%d %v %v", at.Line, s.Start-s.File.LineStart(at.Line), d.Code, strings.Split(text, "\n")[0]))
		}
	}
	slices.Sort(g)
	slices.Sort(w)
	if !slices.Equal(g, w) {
		t.Errorf("the editor is told\n%s\nand the command line says\n%s", strings.Join(g, "\n"), strings.Join(w, "\n"))
	}
}

func everyFix(t *testing.T, c *client, mistakes []*diag.Diagnostic, path, text string) {
	t.Helper()
	var list []codeAction
	c.call("textDocument/codeAction", map[string]any{
		"textDocument": map[string]any{"uri": protocol.URI(path)}, "range": lsp.Range{End: lsp.Position{Line: 10000}},
		"context": map[string]any{"diagnostics": []any{}, "only": []string{"quickfix"}},
	}, &list)
	for _, d := range mistakes {
		if d.Span().File == nil || d.Span().File.Name != path {
			continue
		}
		for _, f := range d.Fixes {
			i := slices.IndexFunc(list, func(a codeAction) bool {
				return strings.Contains(a.Title, f.Title) && (a.Disabled != nil || len(f.Edits) == 0 || a.Edit != nil && applied(text, a.Edit.Changes[protocol.URI(path)]) == fixed(text, f))
			})
			if i < 0 {
				t.Errorf("%s: no action does what %q says: %+v", d.Code, f.Title, list)
				continue
			}
			list = slices.Delete(list, i, i+1)
		}
	}
}

// fixed is a text after the edits of a fix.
func fixed(text string, f diag.Fix) string {
	edits := slices.Clone(f.Edits)
	slices.SortStableFunc(edits, func(a, b diag.Edit) int { return b.Span.Start - a.Span.Start })
	for _, e := range edits {
		text = text[:e.Span.Start] + e.Text + text[e.Span.End:]
	}
	return text
}
