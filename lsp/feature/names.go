package feature

import (
	"strings"
	"sync"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// index is what a program's names stand for, made when it is first asked for.
type index struct {
	once    sync.Once
	names   map[source.Span]ast.Decl // by the place of the use
	topics  map[string]*ir.Topic
	streams map[string]*ir.Stream
	decls   []ast.Decl // of the file and of all it imports
	writers map[string][]writer
}

// writer is a place from which rows go to a topic.
type writer struct {
	decl   ast.Decl
	at     source.Span
	stages []ast.Stage // those above
	node   ast.Node    // the pipeline or arm
}

func (p *Program) index() *index {
	ix := &p.ix
	ix.once.Do(func() {
		ix.names, ix.topics, ix.streams = map[source.Span]ast.Decl{}, map[string]*ir.Topic{}, map[string]*ir.Stream{}
		for _, n := range p.Result.Notes {
			for _, name := range n.Names {
				ix.names[name.At] = name.Decl
			}
		}
		for _, t := range p.Result.Program.Topics {
			ix.topics[t.Name] = t
		}
		for _, s := range p.Result.Program.Streams {
			ix.streams[s.Name] = s
		}
		ix.decls = append(ix.decls, p.Root.Tree.Decls...)
		for _, d := range p.docs {
			if d != p.Root {
				ix.decls = append(ix.decls, d.Tree.Decls...)
			}
		}
		ix.writers = map[string][]writer{}
		for _, d := range ix.decls {
			writersOf(d, func(name string, w writer) { ix.writers[name] = append(ix.writers[name], w) })
		}
	})
	return ix
}

// writersOf finds where a declaration sends rows.
func writersOf(d ast.Decl, found func(name string, w writer)) {
	for _, f := range flowsOf(d) {
		for i, st := range f.Stages {
			switch st := st.(type) {
			case *ast.IntoStage:
				found(st.Target.String(), writer{d, st.Target.Span, f.Stages[:i], f.Node})
			case *ast.RequireStage:
				if st.Else != nil {
					found(st.Else.Target.String(), writer{d, st.Else.Target.Span, f.Stages[:i], f.Node})
				}
			case *ast.ThrottleStage:
				if st.Else != nil {
					found(st.Else.Target.String(), writer{d, st.Else.Target.Span, f.Stages[:i], f.Node})
				}
			case *ast.WindowStage:
				if st.LateTo != nil {
					found(st.LateTo.Target.String(), writer{d, st.LateTo.Target.Span, f.Stages[:i], f.Node})
				}
			}
		}
		if arm, ok := f.Node.(*ast.RouteArm); ok {
			for _, t := range arm.Targets {
				if t.File == nil {
					found(t.Path.String(), writer{d, t.Path.Span, f.Stages, f.Node})
				}
			}
		}
	}
	switch d := d.(type) {
	case *ast.TopicDecl:
		if late, ok := settingOf(d.Settings, "late_to").(*ast.Name); ok {
			found(late.Name, writer{decl: d, at: late.Span})
		}
	case *ast.SourceDecl:
		found(d.Into.String(), writer{decl: d, at: d.Into.Span})
	case *ast.ScheduleDecl:
		for _, act := range d.Acts {
			if act.Emit != nil {
				found(act.Emit.To.String(), writer{decl: d, at: act.Emit.To.Span})
			}
		}
	}
}

// declOf is the declaration that a path stands for, nil for none.
func (p *Program) declOf(path ast.Path) ast.Decl { return p.index().names[path.Span] }

// declNamed finds a declaration by its name in the program, where an imported one goes
// by "alias.name".
func (p *Program) declNamed(name string) ast.Decl {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	for _, d := range p.index().decls {
		switch d.(type) {
		case *ast.TestDecl, *ast.GrantDecl:
			continue
		}
		if name != "" && d.DeclHead().Name.Name == name {
			return d
		}
	}
	return nil
}

// streamOf is the type of the rows of a declaration that has rows, nil for any other.
func (p *Program) streamOf(d ast.Decl) *types.Stream {
	name := d.DeclHead().Name
	ix := p.index()
	switch d.(type) {
	case *ast.TopicDecl:
		for _, t := range p.Result.Program.Topics {
			if t.At == name.Span {
				return t.Type
			}
		}
	case *ast.StreamDecl, *ast.ViewDecl:
		for _, s := range p.Result.Program.Streams {
			if s.At == name.Span {
				return s.Type()
			}
		}
		if s := ix.streams[name.Name]; s != nil {
			return s.Type()
		}
	}
	return nil
}

// flow is a pipeline, or what is like one.
type flow struct {
	Node   ast.Node // *ast.Pipeline, *ast.RouteArm or *ast.PipeDecl
	Decl   ast.Decl
	From   *ast.RelRef // nil for a pipe
	Alias  string
	Stages []ast.Stage
	Span   source.Span
}

// flowsOf are the pipelines in a declaration, outer ones first.
func flowsOf(d ast.Decl) []flow {
	var out []flow
	var pipeline func(p *ast.Pipeline)
	rel := func(r *ast.RelRef) {
		if r.Pipeline != nil {
			pipeline(r.Pipeline)
		}
	}
	inner := func(stages []ast.Stage) {
		for _, st := range stages {
			switch st := st.(type) {
			case *ast.JoinStage:
				rel(&st.Right)
			case *ast.LookupStage:
				rel(&st.Right)
			case *ast.UnionStage:
				for i := range st.With {
					rel(&st.With[i])
				}
			}
		}
	}
	pipeline = func(p *ast.Pipeline) {
		out = append(out, flow{Node: p, Decl: d, From: &p.From, Alias: aliasOf(p.Alias, &p.From), Stages: p.Stages, Span: p.Span})
		rel(&p.From)
		inner(p.Stages)
	}
	switch d := d.(type) {
	case *ast.StreamDecl:
		if d.Pipeline != nil {
			pipeline(d.Pipeline)
		}
	case *ast.PipeDecl:
		out = append(out, flow{Node: d, Decl: d, Stages: d.Stages, Span: d.Span})
		inner(d.Stages)
	case *ast.RouteDecl:
		rel(&d.From)
		for _, arm := range arms(d) {
			out = append(out, flow{Node: arm, Decl: d, From: &d.From, Alias: aliasOf(nil, &d.From), Stages: arm.Stages, Span: arm.Span})
			inner(arm.Stages)
		}
	case *ast.ViewDecl:
		rel(&d.From)
	}
	return out
}

func arms(d *ast.RouteDecl) []*ast.RouteArm {
	all := append([]*ast.RouteArm(nil), d.Arms...)
	if d.Otherwise != nil {
		all = append(all, d.Otherwise)
	}
	return all
}

// aliasOf is the name that rows go by.
func aliasOf(alias *ast.Ident, from *ast.RelRef) string {
	switch {
	case alias != nil:
		return alias.Name
	case from.Pipeline != nil:
		return aliasOf(nil, &from.Pipeline.From)
	case len(from.Path.Parts) > 0:
		return from.Path.Parts[len(from.Path.Parts)-1].Name
	}
	return ""
}

// typeAt is the type of a flow's rows before stage i, nil where it is unknown.
func (p *Program) typeAt(f flow, i int) *types.Stream {
	if i > 0 {
		return p.Result.Stages[f.Stages[i-1]]
	}
	return p.Result.Inputs[f.Node]
}
