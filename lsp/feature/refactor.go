package feature

import (
	"fmt"
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/types"
)

// refactorings are the changes offered at a place.
func (s *Snapshot) refactorings(path string, from int) []lsp.CodeAction {
	var out []lsp.CodeAction
	sp := s.spot(path, from)
	if sp == nil || sp.decl == nil {
		return nil
	}
	add := func(kind lsp.CodeActionKind, title string, edits []textEdit) {
		if len(edits) > 0 {
			out = append(out, lsp.CodeAction{Title: title, Kind: &kind, Edit: s.workspaceEdit(map[*Doc][]textEdit{sp.doc: edits})})
		}
	}
	name, edits := sp.extract()
	add(lsp.CodeActionKindRefactorExtract, fmt.Sprintf("extract stream %q from the stages up to here", name), edits)
	what, edits := sp.inline()
	add(lsp.CodeActionKindRefactorInline, fmt.Sprintf("inline stream %q", what), edits)
	if d, ok := sp.decl.(*ast.StreamDecl); ok {
		add(lsp.CodeActionKindRefactor, fmt.Sprintf("add a test for %q", d.Name.Name), sp.addTest(d))
	}
	title, kind, edits := sp.generate()
	add(kind, title, edits)
	return out
}

// freeName is a name that nothing has yet.
func (p *Program) freeName(base string) string {
	name := base
	for i := 2; p.declNamed(name) != nil; i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	return name
}

// extract makes the stages of a stream up to the one at the place a stream of their own.
func (sp *spot) extract() (string, []textEdit) {
	d, ok := sp.decl.(*ast.StreamDecl)
	f, i, inStage := sp.stage()
	if !ok || !inStage || f.Node != ast.Node(d.Pipeline) || i+1 >= len(f.Stages) {
		return "", nil
	}
	for _, st := range f.Stages[:i+1] {
		if _, isLet := st.(*ast.LetStage); isLet { // its columns would not be there
			return "", nil
		}
	}
	name := sp.p.freeName(d.Name.Name + "_part")
	first, _, _ := sp.doc.place(d.Span)
	start, _, _ := sp.doc.place(f.Span)
	_, end, _ := sp.doc.place(f.Stages[i].Pos())
	body := sp.doc.text()[start:end]
	alias := name
	if f.Alias != "" {
		alias = f.Alias + " = " + name
	}
	if !mentions(sp.doc.text()[end:start+len(f.Span.Text())], f.Alias) {
		alias = name
	}
	return name, []textEdit{
		{first, first, "stream " + name + " =\n  " + body + "\n\n"},
		{start, end, "from " + alias},
	}
}

// mentions tells that a text holds a word.
func mentions(text, word string) bool {
	if word == "" {
		return false
	}
	for i := 0; ; {
		j := strings.Index(text[i:], word)
		if j < 0 {
			return false
		}
		at, end := i+j, i+j+len(word)
		if (at == 0 || !nameByte(text[at-1])) && (end == len(text) || !nameByte(text[end])) {
			return true
		}
		i = end
	}
}

func nameByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// inline puts the pipeline of a stream where it is read: at the place that names it, or
// everywhere when the place is its declaration.
func (sp *spot) inline() (string, []textEdit) {
	m, ok := sp.meaning()
	d, isStream := m.Decl.(*ast.StreamDecl)
	if !ok || !isStream || d.Table || d.Pipeline == nil || sp.doc.bases[d.Span.File] == 0 && d.Span.File != sp.doc.Parts[0].File {
		return "", nil
	}
	body := d.Pipeline.Span.Text()
	if m.At != d.Name.Span {
		e, ok := sp.inlined(m.At.Start+sp.doc.bases[m.At.File], d, body)
		if !ok {
			return "", nil
		}
		return d.Name.Name, []textEdit{e}
	}
	var out []textEdit
	for _, x := range sp.s.sites(sp, m, true) {
		if x.declares {
			continue
		}
		e, ok := sp.s.spot(x.doc.Path, x.start).inlined(x.start, d, body)
		if !ok || x.doc != sp.doc {
			return "", nil
		}
		out = append(out, e)
	}
	if len(out) == 0 {
		return "", nil
	}
	start, end, _ := sp.doc.place(d.Span)
	for end < len(sp.doc.text()) && sp.doc.text()[end] == '\n' {
		end++
	}
	return d.Name.Name, append(out, textEdit{start, end, ""})
}

// inlined is the edit that puts a pipeline in place of the name of its stream.
func (sp *spot) inlined(at int, d *ast.StreamDecl, body string) (textEdit, bool) {
	if sp.decl == nil || sp.decl == ast.Decl(d) {
		return textEdit{}, false
	}
	for _, f := range flowsOf(sp.decl) {
		if f.From != nil && f.From.Pipeline == nil {
			start, end, ok := sp.doc.place(f.From.Span)
			if p, isPipeline := f.Node.(*ast.Pipeline); ok && start == at && isPipeline {
				pos, _, _ := sp.doc.place(p.Span)
				rest := sp.doc.text()[end : pos+len(p.Span.Text())]
				if mentions(rest, d.Name.Name) {
					return textEdit{start, end, d.Name.Name + " = (" + body + ")"}, true
				}
				if p.Alias != nil {
					return textEdit{start, end, "(" + body + ")"}, true
				}
				return textEdit{pos, end, body}, true
			} else if ok && start == at {
				return textEdit{start, end, "(" + body + ")"}, true
			}
		}
		for _, st := range f.Stages {
			var rels []ast.RelRef
			switch st := st.(type) {
			case *ast.JoinStage:
				rels = []ast.RelRef{st.Right}
			case *ast.UnionStage:
				rels = st.With
			}
			for _, r := range rels {
				if start, end, ok := sp.doc.place(r.Span); ok && start == at {
					return textEdit{start, end, "(" + body + ")"}, true
				}
			}
		}
	}
	return textEdit{}, false
}

// addTest writes a test with a row for what the stream reads.
func (sp *spot) addTest(d *ast.StreamDecl) []textEdit {
	out := sp.p.streamOf(d)
	if out == nil || out.Broken {
		return nil
	}
	topic := sp.p.index().topics[out.Topic]
	if topic == nil || topic.Row == nil || topic.Row.Kind != types.Record {
		return nil
	}
	var row []string
	for _, f := range topic.Row.Fields {
		row = append(row, "      "+f.Name+": "+sampleValue(f.Type))
	}
	var names []string
	for _, c := range out.Visible() {
		names = append(names, c.Name+": "+sampleValue(c.Type))
	}
	text := fmt.Sprintf("\n\ntest %q {\n  given %s [\n    {\n%s\n    }\n  ]\n  expect %s [\n    { %s }\n  ]\n}\n",
		d.Name.Name, topic.Name, strings.Join(row, ",\n"), d.Name.Name, strings.Join(names, ", "))
	end := len(strings.TrimRight(sp.doc.text(), " \n\t"))
	return []textEdit{{end, len(sp.doc.text()), text}}
}

// sampleValue is some value of a type, as it is written.
func sampleValue(t *types.Type) string {
	switch t.Kind {
	case types.Boolean:
		return "true"
	case types.Int, types.Long:
		return "1"
	case types.Float, types.Double, types.Decimal:
		return "1.0"
	case types.String:
		return `"a"`
	case types.UUID:
		return `"00000000-0000-0000-0000-000000000001"`
	case types.Date:
		return "@2026-01-31"
	case types.Time:
		return "@08:30"
	case types.Timestamp:
		return "@2026-01-31T12:00:00Z"
	case types.LocalTimestamp:
		return "@2026-01-31T12:00:00"
	case types.Duration:
		return "1m"
	case types.Enum:
		if len(t.Symbols) > 0 {
			return t.Symbols[0]
		}
	case types.Array:
		return "[" + sampleValue(t.Elem) + "]"
	case types.Record:
		var parts []string
		for _, f := range t.Fields {
			parts = append(parts, f.Name+": "+sampleValue(f.Type))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case types.Unknown, types.Null, types.Bytes, types.Fixed, types.Period, types.Geography, types.JSON, types.Map, types.Union, types.Func, types.Var:
	}
	return "null"
}
