package server_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/protocol"
)

// Checks of what an editor asks for in a second step, or in parts:
//
//	resolve a NAME: text              the documentation of an offered item has the text
//	accept a NAME                     takes an offered item, for the sections "want"
//	fixall: title                     the action that applies all fixes, "none" for none
//	only a KIND: title | title        the actions of a kind
//	lenses: a Run | a Test            the commands above declarations, by mark
//	tokens a b: keyword type ...      the semantic tokens of a range
//	delta: 1                          after "delta: full", in how many pieces tokens changed
//	linked a: NAME tooltip            the document link that begins at a mark
//	related a: b text                 a diagnostic at a mark points at another, with the text
//	tagged a: 1                       a diagnostic at a mark has the tag
func (s *scenario) asked(line string, words []string, at place, want string) {
	s.t.Helper()
	failed := func(got any) { s.t.Errorf("%s\n  got: %v", line, got) }
	doc := map[string]any{"textDocument": map[string]any{"uri": protocol.URI(s.main)}}
	switch words[0] {
	case "pull":
		s.pull(line, words, want)
	case "resolve":
		item := s.item(line, at, words[2])
		var full struct{ Documentation struct{ Value string } }
		s.c.call("completionItem/resolve", item, &full)
		if got := full.Documentation.Value; !strings.Contains(got, want) || want == "" {
			failed(got)
		}
	case "accept":
		item := s.item(line, at, words[2])
		edits := append(slices.Clone(item.AdditionalTextEdits), lsp.TextEdit{Range: item.TextEdit.Range, NewText: item.TextEdit.NewText})
		slices.SortFunc(edits, func(a, b lsp.TextEdit) int {
			return offsetOf(s.texts[at.path], a.Range.Start) - offsetOf(s.texts[at.path], b.Range.Start)
		})
		s.edited = map[string]string{at.path: applied(s.texts[at.path], edits)}
	case "fixall", "only":
		s.actionsOf(line, words, at, want)
	case "lenses":
		var list []lsp.CodeLens
		s.c.call("textDocument/codeLens", doc, &list)
		var got []string
		for _, l := range list {
			got = append(got, s.where([]lsp.Location{{URI: protocol.URI(s.main), Range: l.Range}})+" "+l.Command.Title)
		}
		if g := strings.Join(got, " | "); g != want {
			failed(g)
		}
	case "tokens":
		doc["range"] = lsp.Range{Start: at.pos, End: s.marks[words[2]].pos}
		var part lsp.SemanticTokens
		s.c.call("textDocument/semanticTokens/range", doc, &part)
		var got []string
		for i := 3; i < len(part.Data); i += 5 {
			got = append(got, tokenTypes[part.Data[i]])
		}
		if g := strings.Join(got, " "); g != want {
			failed(g)
		}
	case "delta":
		s.delta(line, doc, want)
	case "linked":
		var list []lsp.DocumentLink
		s.c.call("textDocument/documentLink", doc, &list)
		for _, l := range list {
			if path, _ := protocol.Path(*l.Target); l.Range.Start == at.pos && filepath.Base(path)+" "+*l.Tooltip == want {
				return
			}
		}
		failed(fmt.Sprint(list))
	case "related", "tagged":
		for _, d := range s.c.published(at.path, 1) {
			if d.Range.Start != at.pos {
				continue
			}
			got := fmt.Sprint(d.Tags)
			if words[0] == "related" {
				got = "["
				for _, r := range d.RelatedInformation {
					got += s.where([]lsp.Location{r.Location}) + " " + r.Message
				}
				got += "]"
			}
			if got != "["+want+"]" {
				failed(got)
			}
			return
		}
		failed("no diagnostic")
	default:
		s.t.Fatalf("what is %q in %q?", words[0], line)
	}
}

// item is an offered item by its label.
func (s *scenario) item(line string, at place, label string) item {
	s.t.Helper()
	items := s.c.complete(at.path, at.pos)
	i := slices.IndexFunc(items, func(it item) bool { return it.Label == label })
	if i < 0 {
		s.t.Fatalf("%s\n  got: %v", line, labels(items))
	}
	return items[i]
}

func (s *scenario) actionsOf(line string, words []string, at place, want string) {
	kind := "source.fixAll.edyc"
	if words[0] == "only" {
		kind = words[2]
	} else {
		at = place{path: s.main}
	}
	var list []codeAction
	s.c.call("textDocument/codeAction", map[string]any{
		"textDocument": map[string]any{"uri": protocol.URI(at.path)}, "range": lsp.Range{Start: at.pos, End: at.pos},
		"context": map[string]any{"diagnostics": []any{}, "only": []string{kind}},
	}, &list)
	var titles []string
	for _, a := range list {
		titles = append(titles, a.Title)
		if words[0] == "fixall" && a.Edit != nil {
			s.edit(&lsp.WorkspaceEdit{Changes: a.Edit.Changes})
		}
	}
	if want == "none" {
		want = ""
	}
	if g := strings.Join(titles, " | "); g != want {
		s.t.Errorf("%s\n  got: %s", line, g)
	}
}

// delta brings the tokens that the client has up to date, and compares them with all
// that there are.
func (s *scenario) delta(line string, doc map[string]any, want string) {
	if want == "full" {
		s.c.call("textDocument/semanticTokens/full", doc, &s.tokens)
		return
	}
	doc["previousResultId"] = *s.tokens.ResultID
	var d lsp.SemanticTokensDelta
	s.c.call("textDocument/semanticTokens/full/delta", doc, &d)
	got := slices.Clone(s.tokens.Data)
	for i := len(d.Edits) - 1; i >= 0; i-- {
		e := d.Edits[i]
		got = slices.Replace(got, int(e.Start), int(e.Start+e.DeleteCount), e.Data...)
	}
	delete(doc, "previousResultId")
	s.c.call("textDocument/semanticTokens/full", doc, &s.tokens)
	if !slices.Equal(got, s.tokens.Data) {
		s.t.Errorf("%s\n  the tokens are then %v\n  and not %v", line, got, s.tokens.Data)
	}
	if n := fmt.Sprint(len(d.Edits)); n != want {
		s.t.Errorf("%s\n  got: %s", line, n)
	}
}
