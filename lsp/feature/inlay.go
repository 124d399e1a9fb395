package feature

import (
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/compiler/explain"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// Hints tell behind each stage what it adds to the row, takes from it or narrows, and
// behind inferred topics what their rows are.
func (s *Snapshot) Hints(path string, r lsp.Range) []protocol.InlayHint {
	out := []protocol.InlayHint{}
	p := s.Program(path)
	if p == nil {
		return out
	}
	from, to := s.env.Encoding.Offset(p.Root.File, r.Start), s.env.Encoding.Offset(p.Root.File, r.End)
	for _, part := range p.Root.Parts {
		if part.Start+len(part.File.Text) < from || part.Start > to {
			continue
		}
		for _, d := range part.Tree.Decls {
			for _, f := range flowsOf(d) {
				out = append(out, s.flowHints(p, f, from, to)...)
			}
			if h, ok := s.topicHint(p, d, from, to); ok {
				out = append(out, h)
			}
		}
	}
	return out
}

func (s *Snapshot) flowHints(p *Program, f flow, from, to int) []protocol.InlayHint {
	var out []protocol.InlayHint
	for i, st := range f.Stages {
		_, end, ok := p.Root.place(st.Pos())
		if !ok || end < from || end > to {
			continue
		}
		if label := p.stageHint(f, i); label != "" {
			pos := s.env.Encoding.Position(p.Root.File, end)
			out = append(out, protocol.InlayHint{
				Position: pos, Label: label, Kind: protocol.HintType, PaddingLeft: true,
				Data: map[string]any{"path": p.Root.Path, "at": s.env.Encoding.Position(p.Root.File, end-len(st.Pos().Text()))},
			})
		}
	}
	return out
}

// maxChanges is how many columns a hint names.
const maxChanges = 4

// stageHint is what a stage does to the row, "" where it does nothing to it.
func (p *Program) stageHint(f flow, i int) string {
	before, after := p.typeAt(f, i), p.typeAt(f, i+1)
	if before == nil || after == nil || before.Broken || after.Broken {
		return ""
	}
	var plus, minus, other []string
	for _, c := range explain.Changes(before, after) {
		switch c.Change {
		case explain.IsNew:
			plus = append(plus, c.Name+": "+oneLine(c.Type, 30))
		case explain.IsGone:
			minus = append(minus, c.Name)
		case explain.IsChanged:
			other = append(other, c.Name+": "+oneLine(c.Type, 30))
		}
	}
	var parts []string
	for _, g := range []struct {
		sign string
		list []string
	}{{"+", plus}, {"~", other}, {"−", minus}} {
		if len(g.list) == 0 {
			continue
		}
		shown, more := g.list[:min(maxChanges, len(g.list))], ""
		if len(g.list) > maxChanges {
			more = " and " + itoa(uint32(len(g.list)-maxChanges)) + " more"
		}
		parts = append(parts, g.sign+" "+strings.Join(shown, ", ")+more)
	}
	if before.Kind != after.Kind {
		parts = append(parts, "now "+after.Kind.String())
	}
	return strings.Join(parts, "  ")
}

// topicHint is the row of a topic whose schema comes from data.
func (s *Snapshot) topicHint(p *Program, d ast.Decl, from, to int) (protocol.InlayHint, bool) {
	t, ok := d.(*ast.TopicDecl)
	if !ok || t.Row != nil {
		return protocol.InlayHint{}, false
	}
	row := p.streamOf(t)
	_, end, placed := p.Root.place(t.Name.Span)
	if row == nil || row.Broken || !placed || end < from || end > to {
		return protocol.InlayHint{}, false
	}
	var names []string
	for _, c := range visible(row) {
		names = append(names, c.Name)
	}
	return protocol.InlayHint{
		Position: s.env.Encoding.Position(p.Root.File, end), Kind: protocol.HintType,
		Label: ": { " + oneLine(strings.Join(names, ", "), 60) + " }",
		Data:  map[string]any{"path": p.Root.Path, "at": s.env.Encoding.Position(p.Root.File, end)},
	}, true
}

// ResolveHint fills in what is shown over a hint.
func (s *Snapshot) ResolveHint(h protocol.InlayHint, path string, pos lsp.Position) protocol.InlayHint {
	sp := s.at(path, pos)
	if sp == nil {
		return h
	}
	text := ""
	if f, i, ok := sp.stage(); ok {
		text = sp.p.stageText(f, i)
	} else if m, ok := sp.meaning(); ok && m.Decl != nil {
		text = facts(sp.p.streamOf(m.Decl))
	}
	if text != "" {
		h.Tooltip = lsp.MarkupContent{Kind: lsp.MarkupKindMarkdown, Value: text}
	}
	return h
}
