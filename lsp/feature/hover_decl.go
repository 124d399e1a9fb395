package feature

import (
	"context"
	"strings"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/types"
)

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

// testText says what a test gives and expects, in the order of its steps.
func testText(d *ast.TestDecl) string {
	var given, expected []string
	note := func(list []string, path ast.Path) []string {
		name := "`" + path.String() + "`"
		if contains(list, name) {
			return list
		}
		return append(list, name)
	}
	for _, st := range d.Steps {
		switch st := st.(type) {
		case *ast.GivenStep:
			given = note(given, st.Target)
		case *ast.ExpectStep:
			expected = note(expected, st.Target)
		}
	}
	text := "test `" + d.Name.Name + "`"
	if len(given) > 0 {
		text += ": gives rows to " + strings.Join(given, ", ")
	}
	if len(expected) > 0 {
		text += ", expects those of " + strings.Join(expected, ", ")
	}
	return text
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
