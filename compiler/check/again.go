package check

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
)

// A program that was checked before is checked again declaration by declaration: what is
// the same node, had no mistake, and used nothing that has changed, keeps its results.
// That holds while the names of all files stay what they are; else everything is
// checked, since a name may mean something else.

// kept are the declarations whose results are taken over.
type kept struct {
	decls map[ast.Decl]bool
	spans map[*source.File][]source.Span // where they stand
}

// holds reports that a place is inside a declaration that is kept.
func (k *kept) holds(at source.Span) bool {
	return slices.ContainsFunc(k.spans[at.File], func(s source.Span) bool { return s.Start <= at.Start && at.End <= s.End })
}

// takeOver puts the results of an earlier check into this one.
func (c *checker) takeOver(before *Result) {
	if before == nil || before.checker == nil {
		return
	}
	old := before.checker
	pairs := map[*module]*module{} // modules by the one of the earlier check
	for _, m := range old.modules {
		pairs[m] = nil
	}
	for _, m := range c.modules {
		was := old.moduleOf(m.prefix)
		if was == nil || was.signature() != m.signature() {
			return
		}
		pairs[was] = m
	}
	for _, now := range pairs {
		if now == nil {
			return
		}
	}
	k, ok := unchanged(before, pairs)
	if !ok {
		return
	}
	c.kept = k
	for was, now := range pairs {
		now.takeOver(was, k)
	}
	c.takeOverProgram(old, k)
}

func (c *checker) moduleOf(prefix string) *module {
	for _, m := range c.modules {
		if m.prefix == prefix {
			return m
		}
	}
	return nil
}

// signature is everything about a file that can change what a name in another
// declaration means.
func (m *module) signature() string {
	lines := []string{m.prefix, m.zone, strconv.FormatBool(m.broken)}
	var names []string
	for name, d := range m.decls {
		kind, _, _ := strings.Cut(strings.TrimSpace(withoutHead(d)), " ")
		names = append(names, name+" "+kind+strconv.FormatBool(d.DeclHead().Export))
	}
	slices.Sort(names)
	lines = append(lines, names...)
	for _, name := range slices.Sorted(maps.Keys(m.targets)) {
		lines = append(lines, "->"+name+strconv.Itoa(len(m.targets[name])))
	}
	for _, alias := range slices.Sorted(maps.Keys(m.imported)) {
		lines = append(lines, "import "+alias+" "+m.imported[alias].prefix)
	}
	for _, name := range slices.Sorted(maps.Keys(m.names)) {
		lines = append(lines, "name "+name+" "+m.names[name].from.prefix)
	}
	return strings.Join(lines, "\n")
}

// withoutHead is the text of a declaration from its word on.
func withoutHead(d ast.Decl) string {
	text := d.Pos().Text()
	for {
		line, rest, more := strings.Cut(text, "\n")
		if trimmed := strings.TrimSpace(line); !more || trimmed != "" && trimmed[0] != '@' && !strings.HasPrefix(trimmed, "//") {
			return strings.TrimPrefix(trimmed, "export ")
		}
		text = rest
	}
}

// unchanged finds the declarations whose results still hold.
func unchanged(before *Result, pairs map[*module]*module) (*kept, bool) {
	there := map[ast.Decl]bool{}
	for _, m := range pairs {
		for _, d := range m.order {
			there[d] = true
		}
	}
	users := map[ast.Decl][]ast.Decl{}
	for d, used := range before.Uses {
		for _, u := range used {
			users[u] = append(users[u], d)
		}
	}
	stale, wrong := map[ast.Decl]bool{}, map[ast.Decl]bool{}
	var spread func(d ast.Decl)
	spread = func(d ast.Decl) {
		if stale[d] {
			return
		}
		stale[d] = true
		for _, u := range users[d] {
			spread(u)
		}
	}
	mistakes := map[*source.File][]source.Span{}
	for _, d := range before.Diags.Items {
		if d.Code == "E0212" { // a circle is found from wherever it is entered
			return nil, false
		}
		mistakes[d.Span().File] = append(mistakes[d.Span().File], d.Span())
	}
	for was := range pairs {
		for _, d := range was.order {
			at := d.Pos()
			if slices.ContainsFunc(mistakes[at.File], func(s source.Span) bool { return at.Start <= s.Start && s.Start <= at.End }) {
				wrong[d] = true
			}
			_, isPipe := d.(*ast.PipeDecl)
			_, isFn := d.(*ast.FnDecl)
			if !there[d] || wrong[d] && (isPipe || isFn) {
				spread(d)
			}
		}
	}
	k := &kept{decls: map[ast.Decl]bool{}, spans: map[*source.File][]source.Span{}}
	for was := range pairs {
		for _, d := range was.order {
			if there[d] && !stale[d] && !wrong[d] {
				k.decls[d] = true
				k.spans[d.Pos().File] = append(k.spans[d.Pos().File], d.Pos())
			}
		}
	}
	return k, true
}

// takeOver copies the results of one file.
func (m *module) takeOver(was *module, k *kept) {
	for _, d := range m.order {
		if !k.decls[d] {
			continue
		}
		name := d.DeclHead().Name.Name
		switch d := d.(type) {
		case *ast.SchemaDecl, *ast.EnumDecl:
			m.types[d] = was.types[d]
		case *ast.TopicDecl:
			m.topics[name] = was.topics[name]
		case *ast.StreamDecl, *ast.ViewDecl:
			m.streams[name] = was.streams[name]
		case *ast.RouteDecl:
			m.routes[d] = was.routes[d]
		case *ast.FnDecl:
			m.fnBroken[d] = was.fnBroken[d]
			if f := was.wasm[d]; f != nil {
				m.wasm[d] = f
				m.c.prog.Functions = append(m.c.prog.Functions, f)
				m.c.prog.Modules = was.c.prog.Modules[:len(was.c.prog.Modules):len(was.c.prog.Modules)]
			}
		case *ast.ConstDecl:
			m.consts[d] = was.consts[d]
		case *ast.ParamDecl:
			m.c.params[m.prefix+name] = was.c.params[m.prefix+name]
		case *ast.SourceDecl, *ast.SinkDecl, *ast.CommandDecl, *ast.PipeDecl, *ast.SecretDecl, *ast.ScheduleDecl, *ast.PolicyDecl,
			*ast.GrantDecl, *ast.TestDecl, *ast.BadDecl:
		}
		if used := was.c.uses[d]; used != nil {
			m.c.uses[d] = used
		}
		if n := was.c.notes[d]; n != nil {
			m.c.notes[d] = n
			m.c.lent[d] = true
		}
	}
	for name, t := range was.topics {
		if t != nil && t.Implicit && t.At.Known() && k.holds(t.At) {
			m.topics[name] = t
		}
	}
}

// takeOverProgram copies what the declarations that are kept gave to the program.
func (c *checker) takeOverProgram(old *checker, k *kept) {
	p := old.prog
	c.prog.Topics = append(c.prog.Topics, still(p.Topics, k, func(t *ir.Topic) source.Span { return t.At })...)
	c.prog.Streams = append(c.prog.Streams, still(p.Streams, k, func(s *ir.Stream) source.Span { return s.At })...)
	c.prog.Routes = append(c.prog.Routes, still(p.Routes, k, func(r *ir.Route) source.Span { return r.At })...)
	c.prog.Sources = append(c.prog.Sources, still(p.Sources, k, func(s *ir.Source) source.Span { return s.At })...)
	c.prog.Sinks = append(c.prog.Sinks, still(p.Sinks, k, func(s *ir.Sink) source.Span { return s.At })...)
	c.prog.Params = append(c.prog.Params, still(p.Params, k, func(d *ir.ParamDef) source.Span { return d.At })...)
	c.prog.Tests = append(c.prog.Tests, still(p.Tests, k, func(t *ir.Test) source.Span { return t.At })...)
	c.prog.Schedules = append(c.prog.Schedules, still(p.Schedules, k, func(s *ir.Schedule) source.Span { return s.At })...)
	for st, t := range old.stages {
		if k.holds(st.Pos()) {
			c.stages[st] = t
		}
	}
	for n, t := range old.inputs {
		if k.holds(n.Pos()) {
			c.inputs[n] = t
		}
	}
}

func still[T any](list []T, k *kept, at func(T) source.Span) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return !at(x).Known() || !k.holds(at(x)) })
}
