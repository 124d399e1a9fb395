package feature

import (
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
)

// Format gives the edits that bring a file into its canonical form.
func (s *Snapshot) Format(path string) []lsp.TextEdit {
	doc := s.Doc(path)
	if doc == nil {
		return nil
	}
	return s.edits(doc, 0, len(doc.text()), syntax.Format(doc.File))
}

// FormatRange formats the declarations that a range touches.
func (s *Snapshot) FormatRange(path string, r lsp.Range) []lsp.TextEdit {
	doc := s.Doc(path)
	if doc == nil {
		return nil
	}
	return s.formatParts(doc, s.env.Encoding.Offset(doc.File, r.Start), s.env.Encoding.Offset(doc.File, r.End))
}

// FormatTyped formats the declaration that a closing brace ended, and indents a new
// line.
func (s *Snapshot) FormatTyped(path string, pos lsp.Position, typed string) []lsp.TextEdit {
	doc := s.Doc(path)
	if doc == nil {
		return nil
	}
	at := s.env.Encoding.Offset(doc.File, pos)
	if typed == "}" {
		if p := doc.partAt(max(0, at-1)); len(p.Diags.Items) > 0 {
			return nil
		}
		return s.formatParts(doc, at-1, at-1)
	}
	return s.indent(doc, at)
}

// formatParts formats whole parts and touches nothing else.
func (s *Snapshot) formatParts(doc *Doc, start, end int) []lsp.TextEdit {
	out := []lsp.TextEdit{}
	for _, p := range doc.Parts {
		from, to := p.Start, p.Start+len(p.File.Text)
		if to <= start || from > end {
			continue
		}
		text := p.File.Text
		body := strings.TrimRight(text, " \t\r\n")
		if body == "" {
			continue
		}
		formatted := strings.TrimRight(syntax.Format(source.New(doc.Path, body)), "\n")
		out = append(out, s.edits(doc, from, from+len(body), formatted)...)
	}
	return out
}

// edits replaces a stretch by a text, line by line where lines stay: an editor keeps
// its cursor and its marks where nothing changes.
func (s *Snapshot) edits(doc *Doc, start, end int, text string) []lsp.TextEdit {
	out := []lsp.TextEdit{}
	was := strings.SplitAfter(doc.text()[start:end], "\n")
	now := strings.SplitAfter(text, "\n")
	at := start
	for _, h := range hunks(was, now) {
		from := at
		for _, line := range was[h.skip : h.skip+h.same] {
			from += len(line)
		}
		to := from
		for _, line := range was[h.skip+h.same : h.skip+h.same+h.gone] {
			to += len(line)
		}
		out = append(out, lsp.TextEdit{Range: s.env.Encoding.Range(doc.File, from, to), NewText: strings.Join(h.new, "")})
		at = to
	}
	return out
}

// hunk is a change: after skip lines in all, same lines stay, then gone lines are
// replaced by new ones.
type hunk struct {
	skip, same, gone int
	new              []string
}

// hunks compares line by line: where lines differ, the nearest pair of equal lines ends
// the difference.
func hunks(was, now []string) []hunk {
	var out []hunk
	i, j, begun := 0, 0, 0
	for i < len(was) || j < len(now) {
		if i < len(was) && j < len(now) && was[i] == now[j] {
			i, j = i+1, j+1
			continue
		}
		di, dj := nearest(was[i:], now[j:])
		out = append(out, hunk{skip: begun, same: i - begun, gone: di, new: now[j : j+dj]})
		i, j = i+di, j+dj
		begun = i
	}
	return out
}

// nearest is how many lines of each side differ before two are equal.
func nearest(was, now []string) (int, int) {
	const far = 200
	for d := 1; d < min(far, len(was)+len(now)); d++ {
		for a := 0; a <= d; a++ {
			b := d - a
			if a < len(was) && b < len(now) && was[a] == now[b] && strings.TrimSpace(was[a]) != "" {
				return a, b
			}
		}
	}
	return len(was), len(now)
}

// indent puts a new line where its pipeline or block has it.
func (s *Snapshot) indent(doc *Doc, at int) []lsp.TextEdit {
	line := doc.File.Position(at).Line
	above := doc.File.Line(line - 1)
	want := above[:len(above)-len(strings.TrimLeft(above, " \t"))]
	trimmed := strings.TrimRight(above, " \t")
	switch {
	case strings.HasSuffix(trimmed, "{"), strings.HasSuffix(trimmed, "["), strings.HasSuffix(trimmed, "("), strings.HasSuffix(trimmed, "="):
		want += "  "
	}
	start := doc.File.LineStart(line)
	text := doc.File.Line(line)
	have := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	if strings.HasPrefix(strings.TrimSpace(text), "}") && strings.HasSuffix(trimmed, "{") {
		want = want[:len(want)-2]
	}
	if have == want {
		return []lsp.TextEdit{}
	}
	return []lsp.TextEdit{{Range: s.env.Encoding.Range(doc.File, start, start+len(have)), NewText: want}}
}
