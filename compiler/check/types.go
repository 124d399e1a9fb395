package check

import (
	"strconv"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// ErrorRecord is the row of every error topic (SEMANTICS 91).
var ErrorRecord = &types.Type{Kind: types.Record, Name: "ErrorRecord", Fields: []types.Field{
	{Name: "at", Type: types.TTimestamp.OrNull()},
	{Name: "origin", Type: types.TString},
	{Name: "stage", Type: types.TString},
	{Name: "code", Type: types.TString},
	{Name: "reason", Type: types.TString},
	{Name: "row", Type: types.TJSON},
}}

// resolve turns a written type into a type; vars are the type variables in scope.
func (m *module) resolve(t ast.Type, vars map[string]bool) *types.Type {
	switch t := t.(type) {
	case *ast.RecordType:
		return m.record(t, "").WithNull(t.Nullable)
	case *ast.NamedType:
		return m.namedType(t, vars).WithNull(t.Nullable)
	case *ast.BadType:
		return types.TUnknown
	}
	return types.TUnknown
}

func (m *module) record(t *ast.RecordType, name string) *types.Type {
	r := &types.Type{Kind: types.Record, Name: name}
	seen := map[string]source.Span{}
	for _, f := range t.Fields {
		if first, dup := seen[f.Name.Name]; dup {
			m.c.report("E0211", f.Name.Span, `there are two fields named "`+f.Name.Name+`"`, "second").Label(first, "first")
			continue
		}
		seen[f.Name.Name] = f.Name.Span
		r.Fields = append(r.Fields, m.field(f))
	}
	return r
}

func (m *module) field(f *ast.Field) types.Field {
	out := types.Field{Name: f.Name.Name, Type: m.resolve(f.Type, nil)}
	for _, line := range f.Doc {
		if out.Doc != "" {
			out.Doc += "\n"
		}
		out.Doc += line
	}
	if f.Default != nil {
		out.Default, out.HasDef = m.constValue(f.Default, out.Type)
	}
	for _, a := range f.Annotations {
		m.annotation(&out, a)
	}
	return out
}

func (m *module) annotation(f *types.Field, a ast.Annotation) {
	text := ""
	if len(a.Args) > 0 {
		if s, ok := a.Args[0].Value.(*ast.StringLit); ok {
			text = s.Value
		}
	}
	if a.Name == annotationWas {
		if text == "" {
			m.c.report("E0222", a.Span, `@was needs the earlier name`, "").Fix(diag.Maybe, "name it", `@was("old_name")`)
			return
		}
		f.Was = append(f.Was, text)
		return
	}
	if f.Tags == nil {
		f.Tags = map[string]string{}
	}
	f.Tags[a.Name] = text
}

func (m *module) namedType(t *ast.NamedType, vars map[string]bool) *types.Type {
	if len(t.Name.Parts) == 1 {
		name := t.Name.Parts[0].Name
		if vars[name] {
			return types.VarOf(name)
		}
		if builtin := m.builtinType(t, name, vars); builtin != nil {
			return builtin
		}
	}
	in, d, ok := m.lookup(t.Name)
	if !ok {
		m.unknownType(t)
		return types.TUnknown
	}
	switch d.(type) {
	case *ast.SchemaDecl, *ast.EnumDecl:
		return in.declaredType(d)
	}
	m.c.report("E0204", t.Span, `"`+t.Name.String()+`" is not a type`, "used as one here").
		Label(d.DeclHead().Name.Span, "declared here")
	return types.TUnknown
}

func (m *module) unknownType(t *ast.NamedType) {
	if m.broken {
		return
	}
	candidates := []string{"array", "map", "decimal", "fixed", "ErrorRecord"}
	for name := range types.Scalars {
		candidates = append(candidates, name)
	}
	for _, d := range m.order {
		switch d.(type) {
		case *ast.SchemaDecl, *ast.EnumDecl:
			candidates = append(candidates, d.DeclHead().Name.Name)
		}
	}
	report := m.c.report("E0204", t.Span, `there is no type "`+t.Name.String()+`"`, "")
	if word, ok := sqlTypes[t.Name.String()]; ok {
		report.Labels[0].Text = `edy calls it "` + word + `"`
		report.Fix(diag.Apply, `write "`+word+`"`, "", diag.Edit{Span: t.Name.Span, Text: word})
		return
	}
	m.c.suggest(report, ast.Ident{At: t.Name.At, Name: t.Name.String()}, candidates)
}

// sqlTypes are type names people bring along.
var sqlTypes = map[string]string{
	"bigint": "long", "integer": "int", "int64": "long", "int32": "int", "i64": "long", "varchar": "string", "text": "string",
	"str": "string", "bool": "boolean", "real": "float", "float64": "double", "number": "double", "numeric": "decimal",
	"datetime": "timestamp", "timestamptz": "timestamp", "list": "array", "object": "json",
}

// builtinType is nil for a name that is not a built-in type.
func (m *module) builtinType(t *ast.NamedType, name string, vars map[string]bool) *types.Type {
	if s, ok := types.Scalars[name]; ok {
		if name == "timestamp" && len(t.Args) == 1 {
			return m.timestampUnit(t, s)
		}
		m.noTypeArgs(t)
		return s
	}
	switch name {
	case "decimal":
		return m.decimalType(t)
	case "fixed":
		if n, ok := m.typeInt(t, 0); ok && n > 0 && n <= 1<<20 && len(t.Args) == 1 {
			return &types.Type{Kind: types.Fixed, Size: n}
		}
		m.c.report("E0221", t.Span, "fixed needs its size in bytes", "").Fix(diag.Maybe, "16 bytes", "fixed(16)")
		return types.TUnknown
	case "array":
		if len(t.Params) == 1 {
			return types.ArrayOf(m.resolve(t.Params[0], vars))
		}
		m.c.report("E0221", t.Span, "array needs the type of its elements", "").Fix(diag.Maybe, "of texts", "array<string>")
		return types.TUnknown
	case "map":
		return m.mapType(t, vars)
	case "ErrorRecord":
		return ErrorRecord
	}
	return nil
}

func (m *module) timestampUnit(t *ast.NamedType, s *types.Type) *types.Type {
	switch t.Args[0].Word {
	case "ms", "us", "ns":
		return s
	}
	m.c.report("E0221", t.Span, "the unit of a timestamp is ms, us or ns", "")
	return s
}

func (m *module) noTypeArgs(t *ast.NamedType) {
	if len(t.Args) > 0 || len(t.Params) > 0 {
		m.c.report("E0221", t.Span, `"`+t.Name.String()+`" takes no parameters`, "")
	}
}

func (m *module) mapType(t *ast.NamedType, vars map[string]bool) *types.Type {
	if len(t.Params) != 2 {
		m.c.report("E0221", t.Span, "map needs the types of its keys and values", "").Fix(diag.Maybe, "texts to texts", "map<string, string>")
		return types.TUnknown
	}
	if key := m.resolve(t.Params[0], vars); key.Kind != types.String && key.Kind != types.Unknown {
		m.c.report("E0221", t.Params[0].Pos(), "keys of a map are strings", "this is "+key.String())
	}
	return types.MapOf(m.resolve(t.Params[1], vars))
}

func (m *module) decimalType(t *ast.NamedType) *types.Type {
	p, okP := m.typeInt(t, 0)
	s, okS := m.typeInt(t, 1)
	if len(t.Args) == 1 {
		s, okS = 0, true
	}
	if !okP || !okS || len(t.Args) > 2 {
		m.c.report("E0221", t.Span, "decimal needs its number of digits, and how many stand after the point", "").
			Fix(diag.Maybe, "12 digits, 2 of them after the point", "decimal(12, 2)")
		return types.TUnknown
	}
	if p < 1 || p > types.MaxPrecision || s < 0 || s > p {
		m.c.report("E0221", t.Span, "a decimal has 1 to "+strconv.Itoa(types.MaxPrecision)+" digits, and no more after the point than in all", "").
			Because("More digits than 38 do not fit the 128 bits a decimal is computed in.")
		return types.TUnknown
	}
	return types.DecimalOf(p, s)
}

func (m *module) typeInt(t *ast.NamedType, i int) (int, bool) {
	if i >= len(t.Args) || t.Args[i].Int == nil {
		return 0, false
	}
	n, err := strconv.Atoi(t.Args[i].Int.Text)
	return n, err == nil
}

// declaredType is the type of a schema or enum declaration.
func (m *module) declaredType(d ast.Decl) *types.Type {
	if t, ok := m.types[d]; ok {
		if t == nil {
			m.c.report("E0212", d.DeclHead().Name.Span, `schema "`+d.DeclHead().Name.Name+`" contains itself`, "")
			return types.TUnknown
		}
		return t
	}
	m.types[d] = nil
	var t *types.Type
	m.c.within(d, func() {
		switch d := d.(type) {
		case *ast.SchemaDecl:
			if d.Record != nil {
				t = m.record(d.Record, d.Name.Name)
			} else {
				t = m.union(d)
			}
		case *ast.EnumDecl:
			t = m.enum(d)
		}
	})
	m.types[d] = t
	return t
}

func (m *module) union(d *ast.SchemaDecl) *types.Type {
	u := &types.Type{Kind: types.Union, Name: d.Name.Name}
	for _, path := range d.Union {
		in, decl, ok := m.lookup(path)
		schema, isSchema := decl.(*ast.SchemaDecl)
		if !ok || !isSchema || schema.Record == nil {
			m.c.suggest(m.c.report("E0204", path.Span, `a union joins schemas, and "`+path.String()+`" is not one`, ""), path.Parts[len(path.Parts)-1], m.declNames(false))
			return types.TUnknown
		}
		u.Branches = append(u.Branches, in.declaredType(schema))
	}
	return u
}

func (m *module) enum(d *ast.EnumDecl) *types.Type {
	e := &types.Type{Kind: types.Enum, Name: d.Name.Name}
	for _, item := range d.Items {
		for _, s := range e.Symbols {
			if s == item.Name.Name {
				m.c.report("E0211", item.Name.Span, `"`+s+`" stands twice in this enum`, "")
			}
		}
		e.Symbols = append(e.Symbols, item.Name.Name)
	}
	if d.Default != nil {
		e.Default = d.Default.Name
		if symbolIndex(e, e.Default) < 0 {
			m.c.suggest(m.c.report("E0213", d.Default.Span, `"`+e.Default+`" is not a symbol of `+e.Name, ""), *d.Default, e.Symbols)
		}
	}
	return e
}

func symbolIndex(e *types.Type, symbol string) int {
	for i, s := range e.Symbols {
		if s == symbol {
			return i
		}
	}
	return -1
}

// constValue evaluates an expression that must be known when the program is
// compiled, as a value of a type; ok is false after an error was reported.
func (m *module) constValue(e ast.Expr, want *types.Type) (any, bool) {
	x := m.scope(nil).coerced(e, want, "")
	return m.c.evalConst(x)
}

// evalConst folds the few shapes constants have.
func (c *checker) evalConst(x ir.Expr) (any, bool) {
	switch x := x.(type) {
	case *ir.Const:
		return x.Value, x.T.Kind != types.Unknown
	case *ir.NotNull:
		return c.evalConst(x.X)
	case *ir.Param:
		return c.paramValue(x.Name)
	case *ir.MakeList:
		out := make([]any, len(x.Items))
		for i, item := range x.Items {
			v, ok := c.evalConst(item)
			if !ok {
				return nil, false
			}
			out[i] = v
		}
		return out, true
	case *ir.MakeRecord:
		out := make([]any, len(x.Values))
		for i, item := range x.Values {
			v, ok := c.evalConst(item)
			if !ok {
				return nil, false
			}
			out[i] = v
		}
		return out, true
	case *ir.MakeUnion:
		v, ok := c.evalConst(x.X)
		if !ok {
			return nil, false
		}
		return types.UnionValue{Branch: x.Branch, Record: v.([]any)}, true
	case *ir.Unary:
		return c.evalNeg(x)
	case *ir.Cast:
		return c.evalCast(x)
	}
	return nil, false
}
