package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
)

// madeRows checks the rows of a topic against those that a connector makes itself:
// records are matched by name, fields by name and type.
func (m *module) madeRows(d *ast.SourceDecl, c *sig.Connector, t *ir.Topic) {
	if len(c.Rows) == 0 || t.Row == nil {
		return
	}
	records := []*types.Type{t.Row}
	if t.Row.Kind == types.Union {
		records = t.Row.Branches
	}
	for _, r := range records {
		if r.Kind != types.Record {
			continue // reported where the type is written
		}
		made := madeRow(c, r.Name)
		if made == nil {
			m.c.report("E0301", d.Into.Span, `the connector `+c.Name+` makes no rows of `+quoted(r.Name), "").
				Label(t.At, "declared here").Note(listed("it makes rows of: ", rowNames(c)))
			continue
		}
		m.madeFields(d, c, t, r, made)
	}
}

func (m *module) madeFields(d *ast.SourceDecl, c *sig.Connector, t *ir.Topic, r, made *types.Type) {
	for _, f := range r.Fields {
		from, ok := made.FieldNamed(f.Name)
		switch {
		case ok && !types.Equal(from.Type, f.Type.NonNull()):
			m.c.report("E0301", d.Into.Span, `the connector `+c.Name+` makes "`+r.Name+"."+f.Name+`" as `+article(from.Type)+
				`, and the schema has `+article(f.Type), "").Label(t.At, "declared here")
		case !ok && !f.HasDef && !f.Type.Nullable:
			m.c.report("E0316", d.Into.Span, `"`+r.Name+`" needs a field "`+f.Name+`", and the connector `+c.Name+` does not make it`, "").
				Label(t.At, "declared here").Note(listed("it makes: ", fieldNames(made)))
		}
	}
}

// madeRow is the row that a connector makes for a schema, nil for none. A schema of
// another module goes by its own name.
func madeRow(c *sig.Connector, schema string) *types.Type {
	name := schema[strings.LastIndexByte(schema, '.')+1:]
	for _, r := range c.Rows {
		if r.Name == name {
			return r
		}
	}
	return nil
}

func rowNames(c *sig.Connector) []string {
	var names []string
	for _, r := range c.Rows {
		names = append(names, r.Name)
	}
	return names
}

func fieldNames(t *types.Type) []string {
	var names []string
	for _, f := range t.Fields {
		names = append(names, f.Name)
	}
	return names
}

func quoted(name string) string {
	if name == "" {
		return "a record without a name"
	}
	return `"` + name + `"`
}
