package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

// module is one file and what its names mean.
type module struct {
	c        *checker
	file     *ast.File
	prefix   string // of its names in the program: "" for the root, "alias." for imports
	zone     string
	decls    map[string]ast.Decl
	order    []ast.Decl
	imported map[string]*module // import ... as alias
	names    map[string]imported
	broken   bool // an import failed: unknown names may be its, and stay silent
	// results by declaration; a nil value marks one that is being checked
	types    map[ast.Decl]*types.Type
	topics   map[string]*ir.Topic
	streams  map[string]*ir.Stream
	routes   map[*ast.RouteDecl]*ir.Route
	consts   map[*ast.ConstDecl]ir.Expr
	busy     map[ast.Decl]bool
	targets  map[string][]targetUse // implicit topics by name
	fnStack  []*ast.FnDecl
	fnBroken map[*ast.FnDecl]bool
	wasm     map[*ast.FnDecl]*ir.WasmFunc
}

// imported is a name brought in by `import m.{x}`.
type imported struct {
	from *module
	name string
}

// targetUse is a place that sends rows to a name nobody declares.
type targetUse struct {
	at   ast.Node
	decl ast.Decl
}

// module builds the name table of a file; prefix is put before the names it
// contributes to the program.
func (c *checker) module(file *ast.File, prefix string) *module {
	if m, ok := c.modules[file.Source]; ok {
		return m
	}
	m := &module{
		c: c, file: file, prefix: prefix,
		decls: map[string]ast.Decl{}, imported: map[string]*module{}, names: map[string]imported{},
		types: map[ast.Decl]*types.Type{}, topics: map[string]*ir.Topic{}, streams: map[string]*ir.Stream{},
		routes: map[*ast.RouteDecl]*ir.Route{}, consts: map[*ast.ConstDecl]ir.Expr{}, busy: map[ast.Decl]bool{},
		targets: map[string][]targetUse{}, fnBroken: map[*ast.FnDecl]bool{}, wasm: map[*ast.FnDecl]*ir.WasmFunc{},
	}
	c.modules[file.Source] = m
	if file.Module != nil {
		if prefix == "" {
			c.prog.Module = file.Module.Name.String()
		}
		m.setZone(file.Module)
	}
	m.declare()
	m.importAll()
	m.findTargets()
	return m
}

func (m *module) setZone(decl *ast.ModuleDecl) {
	if decl.Timezone == nil {
		return
	}
	m.zone = decl.Timezone.Value
	m.checkZone(decl.Timezone)
	if m.prefix == "" {
		m.c.prog.Timezone = m.zone
	}
}

func (m *module) declare() {
	for _, d := range m.file.Decls {
		if _, bad := d.(*ast.BadDecl); bad {
			m.broken = true
			continue
		}
		m.order = append(m.order, d)
		name := d.DeclHead().Name
		switch d.(type) {
		case *ast.TestDecl, *ast.GrantDecl:
			continue
		}
		if name.Name == "" {
			continue
		}
		if earlier, ok := m.decls[name.Name]; ok {
			m.c.report("E0205", name.Span, `"`+name.Name+`" is declared twice`, "second declaration").
				Label(earlier.DeclHead().Name.Span, "first declared here").
				Because("Names of schemas, topics, streams, functions and values share one space in a file.")
			continue
		}
		m.decls[name.Name] = d
	}
}

func (m *module) importAll() {
	for _, imp := range m.file.Imports {
		if imp.File == nil && len(imp.Path.Parts) > 0 && imp.Path.Parts[0].Name == "std" {
			continue // the standard library is always there
		}
		if m.c.opts.Import == nil {
			m.broken = true
			continue
		}
		file, err := m.c.opts.Import(m.file.Source, imp)
		if err != nil {
			m.broken = true
			m.c.report("E0210", imp.Span, err.Error(), "imported here")
			continue
		}
		m.bindImport(imp, file)
	}
}

func (m *module) bindImport(imp *ast.ImportDecl, file *ast.File) {
	alias := importAlias(imp)
	other := m.c.module(file, m.prefix+alias+".")
	if imp.Names == nil {
		m.imported[alias] = other
		return
	}
	for _, name := range imp.Names {
		d, ok := other.decls[name.Name]
		switch {
		case !ok && other.broken:
		case !ok:
			m.c.suggest(m.c.report("E0201", name.Span, `"`+imp.Path.String()+`" declares no "`+name.Name+`"`, "not there"), name, other.declNames(true))
		case !d.DeclHead().Export:
			m.notExported(name, d)
		default:
			m.names[name.Name] = imported{other, name.Name}
		}
	}
}

func (m *module) notExported(name ast.Ident, d ast.Decl) {
	head := d.DeclHead()
	m.c.report("E0215", name.Span, `"`+name.Name+`" is not exported`, "used here").
		Label(head.Name.Span, `declared without "export"`).
		Because("Only declarations marked export can be used by other files.").
		Fix(diag.Maybe, "export it where it is declared", "export "+oneLine(d.Pos().Text()[:max(0, head.Name.Span.End-d.Pos().Start)])+" ...")
}

func importAlias(imp *ast.ImportDecl) string {
	if imp.As != nil {
		return imp.As.Name
	}
	if imp.File != nil {
		base := imp.File.Value[strings.LastIndexByte(imp.File.Value, '/')+1:]
		return strings.TrimSuffix(base, ".edy")
	}
	return imp.Path.Parts[len(imp.Path.Parts)-1].Name
}

// declNames lists declared names, for suggestions.
func (m *module) declNames(exported bool) []string {
	var names []string
	for _, d := range m.order {
		if h := d.DeclHead(); h.Name.Name != "" && (!exported || h.Export) {
			names = append(names, h.Name.Name)
		}
	}
	return names
}

// lookup finds what a path names: the declaration and the module it stands in.
// It reports nothing; ok is false for an unknown name.
func (m *module) lookup(path ast.Path) (in *module, d ast.Decl, ok bool) {
	switch len(path.Parts) {
	case 1:
		name := path.Parts[0].Name
		if d, ok := m.decls[name]; ok {
			m.c.use(d)
			m.c.noteName(path, d)
			return m, d, true
		}
		if imp, ok := m.names[name]; ok {
			d := imp.from.decls[imp.name]
			m.c.use(d)
			m.c.noteName(path, d)
			return imp.from, d, true
		}
	case 2:
		if other, ok := m.imported[path.Parts[0].Name]; ok {
			d, found := other.decls[path.Parts[1].Name]
			if found && !d.DeclHead().Export {
				m.notExported(path.Parts[1], d)
			}
			m.c.use(d)
			m.c.noteName(path, d)
			return other, d, found
		}
	}
	return m, nil, false
}

// suggest adds "did you mean" with a fix that replaces the name.
func (c *checker) suggest(d *diag.Diagnostic, name ast.Ident, candidates []string) *diag.Diagnostic {
	near, ok := diag.Closest(name.Name, candidates)
	if !ok {
		return d
	}
	d.Labels[0].Text = `did you mean "` + near + `"?`
	return d.Fix(diag.Apply, `replace with "`+near+`"`, "", diag.Edit{Span: name.Span, Text: near})
}

// checkAll checks every declaration in text order.
func (m *module) checkAll() {
	for _, d := range m.order {
		if !m.c.kept.decls[d] {
			m.c.within(d, func() { m.checkDecl(d) })
		}
	}
	for _, imp := range m.file.Imports {
		if other := m.c.importedModule(m, imp); other != nil && other != m {
			other.checkUsed()
		}
	}
}

func (c *checker) importedModule(m *module, imp *ast.ImportDecl) *module {
	if other, ok := m.imported[importAlias(imp)]; ok && imp.Names == nil {
		return other
	}
	for _, n := range imp.Names {
		if i, ok := m.names[n.Name]; ok {
			return i.from
		}
	}
	return nil
}

// checkUsed checks what an imported file contributes by itself: its sources,
// sinks and routes run with the program that imports it.
func (m *module) checkUsed() {
	for _, d := range m.order {
		switch d.(type) {
		case *ast.SourceDecl, *ast.SinkDecl, *ast.RouteDecl, *ast.ScheduleDecl:
			if m.c.kept.decls[d] {
				continue
			}
			m.c.within(d, func() { m.checkDecl(d) })
		}
	}
}

func (m *module) checkDecl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.SchemaDecl, *ast.EnumDecl:
		m.declaredType(d)
	case *ast.TopicDecl:
		m.topic(d)
	case *ast.SourceDecl:
		m.source(d)
	case *ast.SinkDecl:
		m.sink(d)
	case *ast.StreamDecl:
		m.stream(d)
	case *ast.ViewDecl:
		m.view(d)
	case *ast.CommandDecl:
		m.later("E0907", d, "commands")
	case *ast.RouteDecl:
		m.route(d)
	case *ast.FnDecl:
		m.fn(d)
	case *ast.PipeDecl:
		m.pipe(d)
	case *ast.ConstDecl:
		m.constant(d)
	case *ast.ParamDecl:
		m.param(d)
	case *ast.SecretDecl:
		m.secret(d)
	case *ast.ScheduleDecl:
		m.schedule(d)
	case *ast.PolicyDecl:
		m.later("E0909", d, "policies")
	case *ast.GrantDecl:
		m.later("E0909", d, "grants")
	case *ast.TestDecl:
		m.test(d)
	case *ast.BadDecl:
	}
}

// later refuses a declaration that the language has and this version does not.
func (m *module) later(code diag.Code, d ast.Decl, what string) {
	head := d.DeclHead()
	span := head.Name.Span
	if !span.Known() {
		span = head.Span
	}
	m.c.report(code, span, what+" cannot be run yet", "").
		Because("This version reads and formats them, but does not carry them out; it refuses them rather than ignore them.")
}
