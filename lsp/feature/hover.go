package feature

import (
	"context"
	"fmt"
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// Hover tells what stands at a place, nil where there is nothing to tell.
func (s *Snapshot) Hover(ctx context.Context, path string, pos lsp.Position) *lsp.Hover {
	doc := s.Doc(path)
	if doc == nil {
		return nil
	}
	sp := s.spot(path, s.env.Encoding.Offset(doc.File, pos))
	if sp == nil {
		return nil
	}
	text, at := sp.hover(ctx)
	if text == "" {
		return nil
	}
	out := &lsp.Hover{Contents: lsp.MarkupContent{Kind: lsp.MarkupKindMarkdown, Value: text}}
	if start, end, ok := doc.place(at); ok {
		r := s.env.Encoding.Range(doc.File, start, end)
		out.Range = &r
	}
	return out
}

func (sp *spot) hover(ctx context.Context) (string, source.Span) {
	if m, ok := sp.meaning(); ok {
		if text := sp.told(ctx, m); text != "" {
			return text, m.At
		}
	}
	if f, i, ok := sp.stage(); ok {
		st := f.Stages[i]
		head := st.Pos()
		head.End = head.Start + len(stageWordsOf(st))
		_, text := sp.token()
		if sp.holds(head) || sp.at < head.Start || text == "|>" {
			return sp.p.stageText(f, i), head
		}
	}
	if text, at := sp.source(); text != "" {
		return text, at
	}
	if text, at := sp.arm(); text != "" {
		return text, at
	}
	if d, ok := sp.decl.(*ast.TestDecl); ok && sp.holds(d.Name.Span) { // its name is a text
		return testText(d), d.Name.Span
	}
	if n, ok := sp.expr(); ok && n.Value != nil && n.Value.Type().Kind != types.Unknown {
		span := n.Expr.Pos()
		return code(oneLine(span.Text(), 60) + ": " + n.Value.Type().String()), span
	}
	return "", source.Span{}
}

// source tells of what a pipeline reads, at the word `from`.
func (sp *spot) source() (string, source.Span) {
	f, _, ok := sp.flowAt()
	if !ok || f.From == nil {
		return "", source.Span{}
	}
	t, text := sp.token()
	in := sp.p.Result.Inputs[f.Node]
	if text != "from" || in == nil || in.Broken {
		return "", source.Span{}
	}
	return "what `" + oneLine(f.From.Span.Text(), 40) + "` gives\n\n" + streamText(in), sp.span(t)
}

// arm tells which rows an arm of a route takes, at its first word.
func (sp *spot) arm() (string, source.Span) {
	d, ok := sp.decl.(*ast.RouteDecl)
	if !ok {
		return "", source.Span{}
	}
	for _, f := range flowsOf(d) {
		arm, ok := f.Node.(*ast.RouteArm)
		if !ok {
			continue
		}
		head, first := arm.Span, "when"
		if arm.When == nil { // its word stands before it
			first = "otherwise"
			head.Start = strings.LastIndex(head.File.Text[:head.Start], first)
		}
		head.End = head.Start + len(first)
		if sp.holds(head) {
			return sp.p.armText(f, d, arm), head
		}
	}
	return "", source.Span{}
}

// told is the text about a meaning.
func (sp *spot) told(ctx context.Context, m meaning) string {
	switch {
	case m.Decl != nil:
		return sp.declText(ctx, m.Decl)
	case m.Import != nil:
		return "the file imported here"
	case m.Column != nil:
		return sp.columnText(m)
	case m.Symbol != nil:
		return joined(code("enum "+m.Symbol.Enum.Name.Name+"\n  "+m.Symbol.Item.Name.Name), docText(m.Symbol.Item.Doc))
	case m.Aggregate != nil:
		return functionText(&m.Aggregate.Function)
	case m.Function != nil:
		return functionText(m.Function)
	case m.Setting != nil:
		return joined("setting `"+m.Setting.Name+"`"+valuesText(m.Setting), m.Setting.Doc)
	case m.Local != nil:
		if t := sp.p.index().topics[m.Word]; t != nil && t.Implicit {
			return joined("topic `"+m.Word+"`, declared by those who write it", streamText(t.Type))
		}
		if m.Type != nil {
			return code(m.Word + ": " + m.Type.String())
		}
		return code(m.Word)
	}
	return ""
}

func (sp *spot) columnText(m meaning) string {
	o := m.Column
	head := "column `" + m.Word + "`"
	if m.Type != nil {
		head = code(m.Word + ": " + m.Type.String())
	} else if o.Field != nil {
		head = code(strings.TrimSpace(oneLine(o.Field.Span.Text(), 80)))
	}
	text := []string{head}
	_, line := sp.lineOf(o.At)
	switch {
	case o.Field != nil:
		text = append(text, docText(o.Field.Doc), "field of `"+o.Decl.DeclHead().Name.Name+"`"+annotationsText(o.Field))
	case o.Value != nil && o.At != m.At:
		text = append(text, fmt.Sprintf("made in line %d as `%s`", line, oneLine(o.Value.Pos().Text(), 80)))
	case o.Stage != nil:
		text = append(text, fmt.Sprintf("made by `%s` in line %d", word(o.Stage), line))
	}
	if m.Type != nil && len(membersOf(m.Type)) > 0 {
		text = append(text, recordText(m.Type))
	}
	if len(text) == 2 && o.Decl != nil && o.Field == nil && o.Decl != sp.decl {
		text[1] += ", in `" + o.Decl.DeclHead().Name.Name + "`"
	}
	return joined(text...)
}

func (sp *spot) lineOf(span source.Span) (*Doc, int) {
	d, start, _, ok := sp.p.place(span)
	if !ok {
		return nil, 0
	}
	return d, d.File.Position(start).Line
}

func annotationsText(f *ast.Field) string {
	text := ""
	for _, a := range f.Annotations {
		text += " " + "`" + strings.TrimSpace(a.Span.Text()) + "`"
	}
	return text
}

func functionText(f *sig.Function) string {
	var lines []string
	for _, o := range f.Overloads {
		lines = append(lines, o.Text)
	}
	text := []string{code(strings.Join(lines, "\n")), strings.TrimSpace(f.Doc)}
	if f.Nulls != "" {
		text = append(text, "Null: "+f.Nulls)
	}
	if f.Failure != "" {
		text = append(text, "Fails: "+strings.TrimPrefix(f.Failure, "fails "))
	}
	var examples []string
	for _, e := range f.Examples[:min(3, len(f.Examples))] {
		rows := ""
		if e.Rows != "" {
			rows = "   over " + e.Rows
		}
		examples = append(examples, e.Expr+rows+"\n  -> "+e.Result)
	}
	if len(examples) > 0 {
		text = append(text, code(strings.Join(examples, "\n")))
	}
	return joined(text...)
}
