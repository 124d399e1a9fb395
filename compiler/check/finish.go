package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
)

// finish completes the program after every declaration was checked: the error topic
// always exists.
func (c *checker) finish() {
	c.root.errors()
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
