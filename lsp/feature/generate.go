package feature

import (
	"fmt"
	"path/filepath"
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/compiler/explain"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/types"
)

// generate writes down what a sample file says of its rows: the schema of a topic that
// takes it from a file, a schema that a topic names and nobody declares, or a topic with
// its schema into which a source puts rows. The last two are ways out of a mistake.
func (sp *spot) generate() (title string, kind lsp.CodeActionKind, edits []textEdit) {
	switch d := sp.decl.(type) {
	case *ast.TopicDecl:
		if d.Row == nil && d.From != nil {
			return fmt.Sprintf("generate the schema of %q from %s", d.Name.Name, d.From.Value), lsp.CodeActionKindRefactor, sp.writeSchema(d)
		}
		for _, other := range sp.p.Root.Tree.Decls {
			if src, ok := other.(*ast.SourceDecl); ok && src.Into.String() == d.Name.Name && undeclared(sp.p, d) != "" {
				title, edits = sp.missingSchema(d, src)
				return title, lsp.CodeActionKindQuickFix, edits
			}
		}
	case *ast.SourceDecl:
		topic, declared := sp.p.declNamed(d.Into.String()).(*ast.TopicDecl)
		switch {
		case !declared && sp.p.declNamed(d.Into.String()) == nil:
			title, edits = sp.missingTopic(d)
			return title, lsp.CodeActionKindQuickFix, edits
		case declared && undeclared(sp.p, topic) != "":
			title, edits = sp.missingSchema(topic, d)
			return title, lsp.CodeActionKindQuickFix, edits
		}
	}
	return "", "", nil
}

// writeSchema writes down the schema that was found out from data.
func (sp *spot) writeSchema(d *ast.TopicDecl) []textEdit {
	row := sp.p.streamOf(d)
	if row == nil || row.Broken || len(row.Columns) == 0 {
		return nil
	}
	name := sp.p.freeName(explain.SchemaName(d.Name.Name))
	start, _, _ := sp.doc.place(d.Span)
	_, end, _ := sp.doc.place(d.Name.Span)
	return []textEdit{
		{start, start, explain.SchemaText(name, row.Row()) + "\n"},
		{end, end, ": " + name},
	}
}

// undeclared is the name of a topic's schema that nobody declares, "" for none.
func undeclared(p *Program, d *ast.TopicDecl) string {
	n, ok := d.Row.(*ast.NamedType)
	if !ok || len(n.Name.Parts) != 1 {
		return ""
	}
	name := n.Name.String()
	if _, scalar := types.Scalars[name]; scalar || p.declNamed(name) != nil {
		return ""
	}
	return name
}

// missingSchema declares the schema of a topic as the file of its source has it.
func (sp *spot) missingSchema(d *ast.TopicDecl, src *ast.SourceDecl) (string, []textEdit) {
	start, _, here := sp.doc.place(d.Span)
	time := ""
	if e := settingOf(d.Settings, "time"); e != nil {
		time = strings.TrimSpace(e.Pos().Text())
	}
	row, file := sp.sampled(src, time)
	if row == nil || !here {
		return "", nil
	}
	name := undeclared(sp.p, d)
	return fmt.Sprintf("generate schema %q from %s", name, file), []textEdit{{start, start, explain.SchemaText(name, row) + "\n"}}
}

// maxTimes bounds the fields that are tried as the time of rows.
const maxTimes = 32

// missingTopic declares the topic of a source, and its schema as the file has it. The
// first field that is a timestamp in every row is their time.
func (sp *spot) missingTopic(src *ast.SourceDecl) (string, []textEdit) {
	row, file := sp.sampled(src, "")
	if row == nil || len(src.Into.Parts) != 1 {
		return "", nil
	}
	topic := src.Into.String()
	name := sp.p.freeName(explain.SchemaName(topic))
	settings := "{}"
	for _, f := range row.Fields[:min(maxTimes, len(row.Fields))] {
		if k := f.Type.Kind; f.Type.Nullable || k != types.String && k != types.Timestamp {
			continue
		}
		// texts are read as timestamps only where they are said to be the time
		if timed, _ := sp.sampled(src, f.Name); timed != nil {
			if as, ok := timed.FieldNamed(f.Name); ok && as.Type.Kind == types.Timestamp {
				row, settings = timed, "{ time: "+f.Name+" }"
				break
			}
		}
	}
	start, _, _ := sp.doc.place(src.Span)
	text := explain.SchemaText(name, row) + "\ntopic " + topic + ": " + name + " " + settings + "\n\n"
	return fmt.Sprintf("generate topic %q and its schema from %s", topic, file), []textEdit{{start, start, text}}
}

// sampled is the row of the file that a source reads, whose field time is the time of
// rows; nil where none can be found out.
func (sp *spot) sampled(src *ast.SourceDecl, time string) (row *types.Type, file string) {
	path, ok := settingOf(src.Settings, "path").(*ast.StringLit)
	if !ok || src.Connector.String() != "file" {
		return nil, ""
	}
	uri := path.Value
	switch f := settingOf(src.Settings, "format").(type) {
	case *ast.Name:
		uri += "?format=" + f.Name
	case *ast.CallExpr:
		uri += "?format=" + f.Fn.Pos().Text()
	}
	row, err := sp.p.env.Catalog.Infer(filepath.Dir(sp.doc.Path), uri, time)
	if err != nil || row.Kind != types.Record {
		return nil, ""
	}
	return row, path.Value
}

// settingOf is the value of a setting, nil where it is not written.
func settingOf(s *ast.Settings, name string) ast.Expr {
	if s == nil {
		return nil
	}
	for _, item := range s.Items {
		if item.Name.Name == name {
			return item.Value
		}
	}
	return nil
}
