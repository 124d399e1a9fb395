package server_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/protocol"
)

// The checks that are used less often:
//
//	definition|declaration|typeDefinition|implementation|references a: b c
//	highlight a: b c                  marks of the places
//	rename a NAME                     and the sections "want"
//	rename a NAME refused: text       the refusal has the text
//	prepare a: name                   what can be renamed there, "" for nothing
//	symbols: a b c                    the declarations, with members as a.x
//	signature a: label @ parameter
//	hints: a "label"                  each hint, by the mark or line:column it stands at
//	action a "title"                  carries the action out, for the sections "want"
//	actions a: title | title          the titles are offered
//	folds: 1-3 5-9                    lines from 1
//	select a: text | text             widening from the word
//	links: x y                        the base names of the targets
//	from a: x y                       the columns that the one at the mark comes from
//	to a: x y                         what uses it
//	subtypes|supertypes a: X Y
//	token a: type                     the semantic token at the mark
//	range a b                         formats the range, for the sections "want"
//	type a CHARACTER                  formats on typing there
func (s *scenario) more(line string, words []string, at place, want string) {
	s.t.Helper()
	switch words[0] {
	case "definition", "declaration", "typeDefinition", "implementation":
		var raw json.RawMessage
		s.c.call("textDocument/"+words[0], s.place(at), &raw)
		s.same(line, s.where(locations(raw)), want)
	case "references":
		var list []lsp.Location
		p := s.place(at)
		p["context"] = map[string]any{"includeDeclaration": true}
		s.c.call("textDocument/references", p, &list)
		s.same(line, s.where(list), want)
	case "highlight":
		var list []lsp.DocumentHighlight
		s.c.call("textDocument/documentHighlight", s.place(at), &list)
		var there []lsp.Location
		for _, h := range list {
			there = append(there, lsp.Location{URI: protocol.URI(at.path), Range: h.Range})
		}
		s.same(line, s.where(there), want)
	case "prepare":
		var r *lsp.RangeWithPlaceholder
		s.c.call("textDocument/prepareRename", s.place(at), &r)
		got := ""
		if r != nil {
			got = r.Placeholder
		}
		s.same(line, got, want)
	case "rename":
		s.rename(line, words, at, want)
	case "action", "actions":
		s.action(line, at, want)
	case "range":
		b := s.marks[words[2]]
		s.format("textDocument/rangeFormatting", map[string]any{"range": lsp.Range{Start: at.pos, End: b.pos}})
	case "type":
		s.format("textDocument/onTypeFormatting", map[string]any{"position": at.pos, "ch": strings.ReplaceAll(words[2], `\n`, "\n")})
	default:
		s.shape(line, words, at, want)
	}
}

func (s *scenario) place(p place) map[string]any { return at(p.path, p.pos) }

// same compares words without their order.
func (s *scenario) same(line, got, want string) {
	s.t.Helper()
	if g := sortedWords(got); g != sortedWords(want) {
		s.t.Errorf("%s\n  got: %s", line, g)
	}
}

// sortedWords are words in an order of their own; "none" is none.
func sortedWords(text string) string {
	if text == "none" {
		return ""
	}
	words := strings.Fields(text)
	sort.Strings(words)
	return strings.Join(words, " ")
}

func (s *scenario) edit(e *lsp.WorkspaceEdit) {
	s.edited = map[string]string{}
	for uri, edits := range e.Changes {
		path, _ := protocol.Path(uri)
		s.edited[path] = applied(s.texts[path], edits)
	}
}

func (s *scenario) rename(line string, words []string, at place, want string) {
	p := s.place(at)
	p["newName"] = words[2]
	var e struct {
		Changes map[string][]lsp.TextEdit
	}
	err := s.c.try("textDocument/rename", p, &e)
	if len(words) > 3 {
		if err == nil || !strings.Contains(err.Error(), want) {
			s.t.Errorf("%s\n  got: %v", line, err)
		}
		return
	}
	if err != nil {
		s.t.Errorf("%s\n  got: %v", line, err)
		return
	}
	s.edit(&lsp.WorkspaceEdit{Changes: e.Changes})
}

func (s *scenario) format(method string, with map[string]any) {
	var edits []lsp.TextEdit
	with["textDocument"] = map[string]any{"uri": protocol.URI(s.main)}
	with["options"] = map[string]any{"tabSize": 2, "insertSpaces": true}
	s.c.call(method, with, &edits)
	s.edited = map[string]string{s.main: applied(s.texts[s.main], edits)}
}

type codeAction struct {
	Title    string
	Kind     string
	Edit     *struct{ Changes map[string][]lsp.TextEdit }
	Disabled *struct{ Reason string }
}

func (s *scenario) action(line string, at place, want string) {
	var list []codeAction
	s.c.call("textDocument/codeAction", map[string]any{
		"textDocument": map[string]any{"uri": protocol.URI(at.path)}, "range": lsp.Range{Start: at.pos, End: at.pos},
		"context": map[string]any{"diagnostics": []any{}},
	}, &list)
	var titles []string
	for _, a := range list {
		titles = append(titles, a.Title)
	}
	if strings.HasPrefix(line, "actions") {
		for _, title := range strings.Split(want, " | ") {
			if !strings.Contains("\n"+strings.Join(titles, "\n")+"\n", "\n"+title+"\n") {
				s.t.Errorf("%s\n  got: %s", line, strings.Join(titles, " | "))
			}
		}
		return
	}
	for _, a := range list {
		if a.Title == strings.Trim(want, "`") && a.Edit != nil {
			s.edit(&lsp.WorkspaceEdit{Changes: a.Edit.Changes})
			return
		}
	}
	s.t.Errorf("%s\n  got: %s", line, strings.Join(titles, " | "))
}

func (s *scenario) shape(line string, words []string, at place, want string) {
	doc := map[string]any{"textDocument": map[string]any{"uri": protocol.URI(s.main)}}
	switch words[0] {
	case "symbols":
		var list []lsp.DocumentSymbol
		s.c.call("textDocument/documentSymbol", doc, &list)
		var got []string
		for _, x := range list {
			got = append(got, strings.ReplaceAll(x.Name, " ", "_"))
			for _, c := range x.Children {
				got = append(got, x.Name+"."+c.Name)
			}
		}
		s.same(line, strings.Join(got, " "), want)
	case "signature":
		s.signature(line, at, want)
	case "hints":
		s.hints(line, want)
	case "folds":
		var list []lsp.FoldingRange
		s.c.call("textDocument/foldingRange", doc, &list)
		var got []string
		for _, f := range list {
			got = append(got, fmt.Sprintf("%d-%d", f.StartLine+1, f.EndLine+1))
		}
		s.same(line, strings.Join(got, " "), want)
	case "select":
		s.selection(line, at, want)
	case "links":
		var list []lsp.DocumentLink
		s.c.call("textDocument/documentLink", doc, &list)
		var got []string
		for _, l := range list {
			path, _ := protocol.Path(*l.Target)
			got = append(got, filepath.Base(path))
		}
		s.same(line, strings.Join(got, " "), want)
	case "from", "to":
		s.lineage(line, words[0], at, want)
	case "subtypes", "supertypes":
		var items, got []protocol.TypeHierarchyItem
		s.c.call(protocol.MethodPrepareTypes, s.place(at), &items)
		if len(items) != 1 {
			s.t.Errorf("%s\n  got: %v", line, items)
			return
		}
		s.c.call("typeHierarchy/"+words[0], map[string]any{"item": items[0]}, &got)
		var names []string
		for _, x := range got {
			names = append(names, x.Name)
		}
		s.same(line, strings.Join(names, " "), want)
	case "token":
		s.token(line, at, want)
	default:
		s.asked(line, words, at, want)
	}
}

func (s *scenario) signature(line string, at place, want string) {
	var h *struct {
		Signatures []struct {
			Label      string
			Parameters []struct{ Label json.RawMessage }
		}
		ActiveSignature, ActiveParameter int
	}
	s.c.call("textDocument/signatureHelp", s.place(at), &h)
	got := "none"
	if h != nil {
		sig := h.Signatures[h.ActiveSignature]
		got = sig.Label
		var span [2]int
		if h.ActiveParameter < len(sig.Parameters) && json.Unmarshal(sig.Parameters[h.ActiveParameter].Label, &span) == nil {
			got += " @ " + sig.Label[span[0]:span[1]]
		}
	}
	if got != want {
		s.t.Errorf("%s\n  got: %s", line, got)
	}
}

func (s *scenario) hints(line, want string) {
	var list []protocol.InlayHint
	s.c.call(protocol.MethodInlayHint, map[string]any{
		"textDocument": map[string]any{"uri": protocol.URI(s.main)}, "range": lsp.Range{End: lsp.Position{Line: 10000}},
	}, &list)
	var got []string
	for _, h := range list {
		name := s.where([]lsp.Location{{URI: protocol.URI(s.main), Range: lsp.Range{Start: h.Position}}})
		got = append(got, name+" "+h.Label)
		var resolved protocol.InlayHint
		s.c.call(protocol.MethodInlayHintResolve, h, &resolved)
		if resolved.Tooltip == nil {
			s.t.Errorf("the hint %q is not explained", h.Label)
		}
	}
	if g := strings.Join(got, " | "); g != want {
		s.t.Errorf("%s\n  got: %s", line, g)
	}
}

func (s *scenario) selection(line string, at place, want string) {
	var list []lsp.SelectionRange
	s.c.call("textDocument/selectionRange", map[string]any{
		"textDocument": map[string]any{"uri": protocol.URI(at.path)}, "positions": []lsp.Position{at.pos},
	}, &list)
	var got []string
	for r := &list[0]; r != nil; r = r.Parent {
		got = append(got, strings.Join(strings.Fields(between(s.texts[at.path], r.Range)), " "))
	}
	if g := strings.Join(got, " | "); !strings.HasPrefix(g, want) {
		s.t.Errorf("%s\n  got: %s", line, g)
	}
}

// between is the text of a range of ASCII lines.
func between(text string, r lsp.Range) string {
	return text[offsetOf(text, r.Start):offsetOf(text, r.End)]
}

func (s *scenario) lineage(line, way string, at place, want string) {
	var items []lsp.CallHierarchyItem
	s.c.call("textDocument/prepareCallHierarchy", s.place(at), &items)
	if len(items) != 1 {
		s.t.Errorf("%s\n  nothing stands there", line)
		return
	}
	var got []string
	if way == "from" {
		var list []lsp.CallHierarchyOutgoingCall
		s.c.call("callHierarchy/outgoingCalls", map[string]any{"item": items[0]}, &list)
		for _, x := range list {
			got = append(got, x.To.Name)
		}
	} else {
		var list []lsp.CallHierarchyIncomingCall
		s.c.call("callHierarchy/incomingCalls", map[string]any{"item": items[0]}, &list)
		for _, x := range list {
			got = append(got, x.From.Name)
		}
	}
	s.same(line, strings.Join(got, " "), want)
}

// tokenTypes is the legend, which the client is told at the start.
var tokenTypes = []string{"keyword", "type", "enum", "enumMember", "struct", "property", "variable", "parameter", "function", "namespace",
	"string", "number", "operator", "comment", "decorator", "class"}

func (s *scenario) token(line string, at place, want string) {
	var full lsp.SemanticTokens
	s.c.call("textDocument/semanticTokens/full", map[string]any{"textDocument": map[string]any{"uri": protocol.URI(at.path)}}, &full)
	var row, column uint32
	for i := 0; i+4 < len(full.Data); i += 5 {
		if full.Data[i] > 0 {
			row, column = row+full.Data[i], 0
		}
		column += full.Data[i+1]
		if row == at.pos.Line && column == at.pos.Character {
			if got := tokenTypes[full.Data[i+3]]; got != want {
				s.t.Errorf("%s\n  got: %s", line, got)
			}
			return
		}
	}
	s.t.Errorf("%s\n  got no token", line)
}
