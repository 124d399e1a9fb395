package feature

import (
	"errors"
	"fmt"
	"sort"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lsp/protocol"
)

func uriOf(d *Doc) string { return protocol.URI(d.Path) }

// PrepareRename is the name at a place that can be changed, nil where there is none.
func (s *Snapshot) PrepareRename(path string, pos lsp.Position) *lsp.RangeWithPlaceholder {
	sp := s.at(path, pos)
	if sp == nil {
		return nil
	}
	m, ok := sp.renamable()
	if !ok {
		return nil
	}
	start, end, _ := sp.doc.place(m.At)
	return &lsp.RangeWithPlaceholder{Range: s.env.Encoding.Range(sp.doc.File, start, end), Placeholder: m.Word}
}

// renamable is a thing whose name stands in the text itself, and not in data.
func (sp *spot) renamable() (meaning, bool) {
	m, ok := sp.meaning()
	id := m.identity()
	if !ok || !id.Known() {
		return m, false
	}
	return m, unquoted(id.Text()) == m.Word
}

// Rename changes a name everywhere. It refuses what would break the program.
func (s *Snapshot) Rename(path string, pos lsp.Position, name string) (*lsp.WorkspaceEdit, error) {
	sp := s.at(path, pos)
	if sp == nil {
		return nil, errors.New("there is nothing here to rename")
	}
	m, ok := sp.renamable()
	if !ok {
		return nil, errors.New("there is nothing here to rename")
	}
	written, err := asName(name)
	if err != nil {
		return nil, err
	}
	edits := map[*Doc][]textEdit{}
	for _, x := range s.sites(sp, m, true) {
		edits[x.doc] = append(edits[x.doc], textEdit{x.start, x.end, written})
	}
	if err := s.stillFine(edits, m.Word, name); err != nil {
		return nil, err
	}
	return s.workspaceEdit(edits), nil
}

// asName is a name as it is written, in back-quotes where it must be.
func asName(name string) (string, error) {
	tokens := syntax.Lex(source.New("", name))
	plain := len(tokens) == 2 && tokens[0].Start == 0 && tokens[0].End == len(name)
	switch {
	case name == "":
		return "", errors.New("a name has at least one letter")
	case plain && tokens[0].Kind == syntax.Ident:
		return name, nil
	case plain && tokens[0].Kind == syntax.Reserved:
		return "`" + name + "`", nil
	}
	return "", fmt.Errorf("%q is not a name: letters, digits and _ make one, and no digit stands first", name)
}

// textEdit replaces a stretch of a file.
type textEdit struct {
	start, end int
	text       string
}

func edited(text string, edits []textEdit) string {
	sort.Slice(edits, func(i, j int) bool { return edits[i].start < edits[j].start })
	out, at := "", 0
	for _, e := range edits {
		if e.start < at {
			continue
		}
		out += text[at:e.start] + e.text
		at = e.end
	}
	return out + text[at:]
}

// stillFine refuses edits after which there are mistakes that were not there before.
func (s *Snapshot) stillFine(edits map[*Doc][]textEdit, was, name string) error {
	after := s
	var docs []*Doc
	for d, list := range edits {
		after = after.With(d.Path, edited(d.text(), list), d.Version)
		docs = append(docs, d)
	}
	after.trial = true
	sort.Slice(docs, func(i, j int) bool { return docs[i].Path < docs[j].Path })
	for _, d := range docs {
		had := map[diag.Code]int{}
		for _, x := range s.Program(d.Path).diagnosed() {
			had[x.Code]++
		}
		p := after.Program(d.Path)
		for _, x := range p.diagnosed() {
			if had[x.Code]--; had[x.Code] < 0 && x.Severity == diag.Error {
				line := 0
				if start, _, ok := p.Root.place(x.Span()); ok {
					line = p.Root.File.Position(start).Line
				}
				return fmt.Errorf("with %q called %q the program has a mistake in line %d: %s", was, name, line, x.Message)
			}
		}
	}
	return nil
}

func (s *Snapshot) workspaceEdit(edits map[*Doc][]textEdit) *lsp.WorkspaceEdit {
	out := &lsp.WorkspaceEdit{Changes: map[string][]lsp.TextEdit{}}
	for d, list := range edits {
		sort.Slice(list, func(i, j int) bool { return list[i].start < list[j].start })
		for _, e := range list {
			out.Changes[uriOf(d)] = append(out.Changes[uriOf(d)], lsp.TextEdit{
				Range: s.env.Encoding.Range(d.File, e.start, e.end), NewText: e.text,
			})
		}
	}
	return out
}
