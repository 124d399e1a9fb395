package check

import (
	"slices"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// finish completes the program after every declaration was checked: the error topic
// always exists.
func (c *checker) finish() {
	c.root.errors()
	c.unreadTopics()
}

// unreadTopics warns of implicit topics that no stream, sink, route or test reads
// (SEMANTICS 121): often a misspelt name.
func (c *checker) unreadTopics() {
	read := c.prog.Reads()
	read[ErrorsTopic] = true
	for _, s := range c.prog.Sinks {
		read[s.From] = true
	}
	for _, t := range c.prog.Tests {
		for _, step := range t.Steps {
			if step.Expect != nil {
				read[step.Expect.Target] = true
			}
		}
	}
	for _, t := range c.prog.Topics {
		if !t.Implicit || read[t.Name] || c.diags.HasErrors() || c.nearMiss(t) {
			continue
		}
		c.warn("W0812", t.At, `nothing reads "`+t.Name+`"`, "").
			Because("No stream, sink or test does; it can still be an output of a run.").
			Fix(diag.Choose, "write it to a file", "sink "+t.Name+"_out from "+t.Name+` to "`+t.Name+`.ndjson"`).
			Fix(diag.Choose, "declare it, so that others may read it", "topic "+t.Name+": "+declaredRow(t.Row)+" {}")
	}
}

// declaredRow writes the rows of a topic as its declaration can.
func declaredRow(t *types.Type) string {
	if t.Name != "" {
		return t.Name
	}
	return types.RecordText(t.Fields)
}

// nearMiss reports topics whose name was taken for a misspelt one already.
func (c *checker) nearMiss(t *ir.Topic) bool {
	return slices.ContainsFunc(c.diags.Items, func(d *diag.Diagnostic) bool {
		return d.Code == "W0806" && d.Span() == t.At
	})
}

// declaredNullable finds where the field an expression reads is declared with "?".
func (s *scope) declaredNullable(x ir.Expr) source.Span {
	path := pathOf(x)
	if path == "" || s.in == nil || s.in.Topic == "" {
		return source.Span{}
	}
	topic := s.m.topicDecl(s.in.Topic)
	if topic == nil || topic.Row == nil {
		return source.Span{}
	}
	return s.m.nullableField(topic.Row, strings.Split(path, "."))
}

// nullableField walks a written type along a path to the first nullable field.
func (m *module) nullableField(t ast.Type, path []string) source.Span {
	rec, ok := t.(*ast.RecordType)
	if named, isNamed := t.(*ast.NamedType); isNamed {
		if _, d, found := m.lookup(named.Name); found {
			if schema, isSchema := d.(*ast.SchemaDecl); isSchema && schema.Record != nil {
				rec, ok = schema.Record, true
			}
		}
	}
	if !ok || len(path) == 0 {
		return source.Span{}
	}
	for _, f := range rec.Fields {
		if f.Name.Name != path[0] {
			continue
		}
		if f.Type.IsNullable() {
			return f.Type.Pos()
		}
		return m.nullableField(f.Type, path[1:])
	}
	return source.Span{}
}
