package feature

import (
	"context"
	"fmt"
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/compiler/explain"
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
		head.End = head.Start + len(word(st))
		_, text := sp.token()
		if sp.holds(head) || sp.at < head.Start || text == "|>" {
			return sp.p.stageText(f, i), head
		}
	}
	if text, at := sp.source(); text != "" {
		return text, at
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

func (sp *spot) declText(ctx context.Context, d ast.Decl) string {
	head := d.DeclHead()
	doc := docText(head.Doc)
	t := sp.p.streamOf(d)
	switch d := d.(type) {
	case *ast.SchemaDecl, *ast.EnumDecl, *ast.ConstDecl, *ast.ParamDecl, *ast.FnDecl, *ast.SecretDecl, *ast.PolicyDecl, *ast.GrantDecl:
		return joined(code(withoutDoc(d, 24)), doc)
	case *ast.TopicDecl:
		return joined("topic `"+head.Name.Name+"`", doc, facts(t))
	case *ast.StreamDecl:
		kind := "stream"
		if d.Table {
			kind = "table"
		}
		return joined(kind+" `"+head.Name.Name+"`", doc, facts(t), sp.sample(ctx, head.Name.Name))
	case *ast.ViewDecl:
		return joined("view `"+head.Name.Name+"`", doc, facts(t))
	case *ast.RouteDecl, *ast.SourceDecl, *ast.SinkDecl, *ast.PipeDecl, *ast.ScheduleDecl, *ast.CommandDecl:
		return joined(code(withoutDoc(d, 12)), doc)
	case *ast.TestDecl, *ast.BadDecl:
	}
	return ""
}

func facts(t *types.Stream) string {
	if t == nil || t.Broken {
		return ""
	}
	return streamText(t)
}

// sample are the first rows of a stream, where it can be run here.
func (sp *spot) sample(ctx context.Context, stream string) string {
	if sp.s.env.Runner == nil || sp.p.hasErrors() || !sp.p.fed(stream) {
		return ""
	}
	rows, err := sp.s.samples(ctx, sp.p, stream)
	if err != nil || rows == nil || len(rows.Cells) == 0 {
		return ""
	}
	return "first rows of its input give\n\n" + tableText(rows)
}

// fed tells that the rows of a stream come from a file.
func (p *Program) fed(stream string) bool {
	s := p.index().streams[stream]
	if s == nil {
		return false
	}
	for _, src := range p.Result.Program.Sources {
		if src.URI != "" && src.Topic == s.Type().Topic {
			return true
		}
	}
	return false
}

// stageText tells what a stage makes of its rows.
func (p *Program) stageText(f flow, i int) string {
	before, after := p.typeAt(f, i), p.typeAt(f, i+1)
	w := word(f.Stages[i])
	if after == nil {
		return ""
	}
	head := "after `" + w + "`"
	if after.Broken {
		return head + " the rows are not known: the stage has a mistake"
	}
	if before == nil {
		before = &types.Stream{}
	}
	var lines []string
	width := 0
	cols := explain.Changes(before, after)
	for _, c := range cols {
		width = max(width, len(c.Name))
	}
	for _, c := range cols {
		mark, note := "  ", ""
		switch c.Change {
		case explain.IsNew:
			mark, note = "+ ", ""
		case explain.IsGone:
			mark, note = "- ", ""
		case explain.IsChanged:
			mark, note = "~ ", "   was "+c.Was
		}
		if c.Hidden {
			note += "   (let)"
		}
		lines = append(lines, fmt.Sprintf("%s%-*s  %s%s", mark, width, c.Name, c.Type, note))
	}
	return joined(head+"\n\n"+factLines(after), "```diff\n"+strings.Join(lines, "\n")+"\n```")
}

// streamText is a stream's properties and its columns.
func streamText(t *types.Stream) string {
	cols := explain.ColumnsOf(t)
	width := 0
	for _, c := range cols {
		width = max(width, len(c.Name))
	}
	var lines []string
	for _, c := range cols {
		lines = append(lines, fmt.Sprintf("%-*s  %s", width, c.Name, c.Type))
	}
	return joined(factLines(t), code(strings.Join(lines, "\n")))
}

// factLines are what an analyst must know of a stream besides its columns.
func factLines(t *types.Stream) string {
	f := explain.FactsOf(t)
	lines := []string{"- rows: **append**, they stay as they came"}
	if t.Kind == types.Changes {
		lines[0] = "- rows: **changes**, a row replaces the one of its key"
	}
	if len(f.Key) > 0 {
		lines = append(lines, "- key: `"+strings.Join(f.Key, "`, `")+"`")
	}
	if f.Time != "" {
		lines = append(lines, "- time: "+f.Time)
	} else {
		lines = append(lines, "- time: none")
	}
	if f.Window != "" {
		lines = append(lines, "- window: "+f.Window)
	}
	if f.State != "" {
		lines = append(lines, "- state kept: "+f.State)
	}
	if f.Bounded {
		lines = append(lines, "- the input ends")
	}
	return strings.Join(lines, "\n")
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

func valuesText(s *sig.Setting) string {
	if len(s.Values) == 0 {
		return ""
	}
	return ": " + strings.Join(s.Values, ", ")
}

func tableText(r *Rows) string {
	var b strings.Builder
	line := func(cells []string) {
		b.WriteString("|")
		for _, c := range cells {
			b.WriteString(" " + strings.ReplaceAll(c, "|", "\\|") + " |")
		}
		b.WriteString("\n")
	}
	line(r.Columns)
	b.WriteString(strings.Repeat("|---", len(r.Columns)) + "|\n")
	for _, c := range r.Cells {
		line(c)
	}
	return b.String()
}

func code(text string) string { return "```edy\n" + text + "\n```" }

func docText(lines []string) string { return strings.Join(lines, "\n") }

// joined puts paragraphs below each other, those that say something.
func joined(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}

func oneLine(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// withoutDoc is the text of a declaration without its comments, at most so many lines.
func withoutDoc(d ast.Decl, most int) string {
	var lines []string
	for _, line := range strings.Split(d.Pos().Text(), "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "///") {
			lines = append(lines, strings.TrimRight(line, " \r"))
		}
	}
	if len(lines) > most {
		lines = append(lines[:most-1], "  ...")
	}
	return strings.Join(lines, "\n")
}
