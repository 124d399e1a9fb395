package feature

import (
	"fmt"
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
)

// kind is what a candidate is, as editors draw it.
type kind = lsp.CompletionItemKind

// maxItems bounds an answer; more come as more is typed.
const maxItems = 120

// Complete lists what may stand at a place, best first.
func (s *Snapshot) Complete(path string, pos lsp.Position) *lsp.CompletionList {
	out := &lsp.CompletionList{Items: []lsp.CompletionItem{}}
	doc := s.Doc(path)
	if doc == nil {
		return out
	}
	sp := s.spot(path, s.env.Encoding.Offset(doc.File, pos))
	if sp == nil {
		return out
	}
	c := sp.cursor()
	if c == nil {
		return out
	}
	list := c.ranked(c.candidates())
	if len(list) > maxItems {
		list, out.IsIncomplete = list[:maxItems], true
	}
	start, _, _ := doc.place(sp.span(syntax.Token{Start: c.from, End: c.from}))
	at := s.env.Encoding.Range(doc.File, start, sp.offset)
	for i, cand := range list {
		out.Items = append(out.Items, s.item(sp, cand, i, at))
	}
	return out
}

func (s *Snapshot) item(sp *spot, cand candidate, i int, at lsp.Range) lsp.CompletionItem {
	order := fmt.Sprintf("%04d", i)
	k := cand.kind
	text := cand.insert
	if text == "" || cand.snippet && !s.env.Snippets {
		text = cand.label
	}
	item := lsp.CompletionItem{Label: cand.label, Kind: &k, SortText: &order, TextEdit: lsp.TextEdit{Range: at, NewText: text}}
	if cand.detail != "" {
		item.Detail = &cand.detail
	}
	if cand.snippet && s.env.Snippets {
		format := lsp.InsertTextFormatSnippet
		item.InsertTextFormat = &format
	}
	if cand.doc != "" {
		item.Data = map[string]string{"doc": cand.doc}
	}
	if cand.imports != "" {
		item.AdditionalTextEdits = s.importEdit(sp.doc, cand.imports)
	}
	return item
}

// Resolve fills in the documentation of an item.
func (s *Snapshot) Resolve(item *lsp.CompletionItem) *lsp.CompletionItem {
	data, _ := item.Data.(map[string]any)
	key, _ := data["doc"].(string)
	what, name, _ := strings.Cut(key, ":")
	text := ""
	switch what {
	case "fn":
		if f := s.env.Catalog.Function(name); f != nil {
			text = functionText(f)
		} else if f := rowFunction(name); f != nil {
			text = functionText(f)
		}
	case "agg":
		if a := s.env.Catalog.Aggregate(name); a != nil {
			text = functionText(&a.Function)
		}
	case "stage":
		text = stageDocs[name]
	case "text":
		text = name
	}
	if text != "" {
		item.Documentation = lsp.MarkupContent{Kind: lsp.MarkupKindMarkdown, Value: text}
	}
	return item
}

// candidates are all that may stand at the cursor.
func (c *cursor) candidates() []candidate {
	p1 := c.prev(1)
	switch {
	case c.literal != syntax.EOF:
		return c.inLiteral()
	case strings.HasPrefix(c.prefix, "@"):
		return annotations()
	case c.prefix != "" && c.prefix[0] >= '0' && c.prefix[0] <= '9':
		return c.unitsAfter()
	case p1.text == "." || p1.text == "?.":
		return c.members()
	}
	var out []candidate
	if c.head == "" || len(c.before) == c.headAt || c.firstColumn() {
		out = append(out, c.declarations(120)...)
		if c.head == "" {
			return out
		}
	}
	if p1.text == "|>" {
		return append(out, c.stages(100)...)
	}
	return append(out, c.inside()...)
}

func annotations() []candidate {
	var out []candidate
	for _, a := range check.Annotations {
		out = append(out, candidate{label: "@" + a.Name, kind: lsp.CompletionItemKindKeyword, detail: a.Doc, doc: textDoc(a.Doc)})
	}
	return out
}

func (c *cursor) unitsAfter() []candidate {
	digits := strings.TrimRight(c.prefix, "abcdefghijklmnopqrstuvwxyz")
	var out []candidate
	for i, u := range units {
		out = append(out, candidate{label: digits + u, kind: lsp.CompletionItemKindUnit, base: 20 - i})
	}
	return out
}

// firstColumn tells that the word begins in the first column, where declarations do.
func (c *cursor) firstColumn() bool {
	return c.from == 0 || c.part.File.Text[c.from-1] == '\n'
}

// declarations are the words that begin one. What stands behind the cursor already says
// which ones fit.
func (c *cursor) declarations(base int) []candidate {
	var out []candidate
	fits := c.declarationShape()
	for i, w := range declarationWords {
		cand := candidate{label: w, kind: lsp.CompletionItemKindKeyword, base: base - i}
		if contains(fits, w) {
			cand.base += 60
		}
		if s := declarationSnippets[w]; s != "" && len(fits) == 0 {
			cand.insert, cand.snippet, cand.kind = s, true, lsp.CompletionItemKindSnippet
		}
		out = append(out, cand)
	}
	return out
}

// declarationShape are the words that fit what follows the cursor.
func (c *cursor) declarationShape() []string {
	if len(c.after) < 2 || c.after[0].line == 1 && c.prefix == "" && c.part.File.Text[c.from:c.after[0].start] != " " {
		return nil
	}
	switch first, second := c.after[0], c.after[1]; {
	case first.kind == syntax.String && second.text == "{":
		return []string{"test"}
	case first.kind == syntax.String, first.text == "std":
		return []string{"import"}
	case !wordlike(first.kind):
		return nil
	case isDeclaration(first.text) && wordlike(second.kind):
		return []string{"export"}
	case second.text == "=":
		return []string{"stream", "table", "const", "schema"}
	case second.text == ":":
		return []string{"topic", "param", "const", "stream", "table"}
	case second.text == "{" || second.text == "version":
		return []string{"schema", "enum", "topic"}
	case second.text == "(" || second.text == "<":
		return []string{"fn", "pipe", "command"}
	case second.text == "from":
		return []string{"source", "sink", "route", "view", "secret", "topic"}
	case second.text == "timezone" || second.text == "edition":
		return []string{"module"}
	case second.text == "on":
		return []string{"policy", "grant", "deny"}
	case second.text == "every" || second.text == "cron":
		return []string{"schedule"}
	case second.line == 1:
		return []string{"import", "module"}
	}
	return nil
}

func keywords(words []string, k kind, base int) []candidate {
	out := make([]candidate, len(words))
	for i, w := range words {
		out[i] = candidate{label: w, kind: k, base: base - min(i, 20)}
	}
	return out
}

// columns are those of a row.
func columns(t *types.Stream, base int) []candidate {
	var out []candidate
	for i, col := range visible(t) {
		out = append(out, candidate{label: col.Name, kind: lsp.CompletionItemKindField, detail: col.Type.String(), base: base - min(i, 9)})
	}
	if u := unionOf(t); u != nil {
		for _, f := range u.Common() {
			out = append(out, candidate{label: f.Name, kind: lsp.CompletionItemKindField, detail: f.Type.String(), base: base})
		}
		for _, b := range u.Branches {
			for _, f := range b.Fields {
				out = append(out, candidate{label: f.Name, kind: lsp.CompletionItemKindField, detail: f.Type.String() + " of " + b.Name, base: base - 15})
			}
		}
	}
	return out
}

func unionOf(t *types.Stream) *types.Type {
	if t == nil {
		return nil
	}
	return t.Union()
}

func fields(t *types.Type, base int) []candidate {
	var out []candidate
	if t == nil {
		return nil
	}
	switch t.Kind {
	case types.Record:
		for i, f := range t.Fields {
			out = append(out, candidate{label: f.Name, kind: lsp.CompletionItemKindField, detail: f.Type.String(), base: base - min(i, 9), doc: textDoc(f.Doc)})
		}
	case types.Union:
		for _, f := range t.Common() {
			out = append(out, candidate{label: f.Name, kind: lsp.CompletionItemKindField, detail: f.Type.String(), base: base})
		}
		for _, b := range t.Branches {
			out = append(out, fields(b, base-10)...)
		}
	case types.Enum:
		for i, s := range t.Symbols {
			out = append(out, candidate{label: s, kind: lsp.CompletionItemKindEnumMember, detail: t.Name, base: base - min(i, 9)})
		}
	case types.Boolean:
		out = append(out, keywords([]string{"true", "false"}, lsp.CompletionItemKindConstant, base)...)
	}
	return out
}

func textDoc(text string) string {
	if text == "" {
		return ""
	}
	return "text:" + text
}
