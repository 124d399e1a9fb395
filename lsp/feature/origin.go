package feature

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// origin is where a column is made.
type origin struct {
	Name  string
	At    source.Span // of its name there
	Decl  ast.Decl
	Value ast.Expr   // what it is computed from; nil for a field of a schema and the like
	Field *ast.Field // where it is a field of a schema
	Stage ast.Stage  // that makes it, nil outside pipelines
	In    flowPoint  // where Value is computed
	Agg   ast.Expr   // the condition of an aggregate item
}

// flowPoint is a place in a flow: before stage I.
type flowPoint struct {
	F flow
	I int
}

// maxHops bounds how far a column is followed; programs are shorter, and circles are
// mistakes.
const maxHops = 2000

// origin finds where the column that is called name before stage i of a flow is made.
func (p *Program) origin(f flow, i int, name string) (origin, bool) {
	return p.follow(f, i, name, maxHops)
}

func (p *Program) follow(f flow, i int, name string, hops int) (origin, bool) {
	for k := i - 1; k >= 0; k-- {
		if hops--; hops < 0 {
			return origin{}, false
		}
		o, next, made := p.madeBy(f, k, name, hops)
		if made {
			return o, o.At.Known()
		}
		name = next
	}
	return p.entering(f, name, hops)
}

// entering is the origin of a column of what a flow reads.
func (p *Program) entering(f flow, name string, hops int) (origin, bool) {
	if f.From == nil {
		return origin{}, false
	}
	return p.ofRel(f.From, name, hops)
}

func (p *Program) ofRel(r *ast.RelRef, name string, hops int) (origin, bool) {
	if hops <= 0 {
		return origin{}, false
	}
	if r.Pipeline != nil {
		for _, f := range []flow{{Node: r.Pipeline, From: &r.Pipeline.From, Stages: r.Pipeline.Stages, Span: r.Pipeline.Span}} {
			return p.follow(f, len(f.Stages), name, hops-1)
		}
	}
	d := p.declOf(r.Path)
	if d == nil {
		return p.ofImplicit(r.Path.String(), name, hops)
	}
	return p.ofDecl(d, name, hops)
}

// ofDecl is the origin of a column of a topic, stream, view or schema.
func (p *Program) ofDecl(d ast.Decl, name string, hops int) (origin, bool) {
	switch d := d.(type) {
	case *ast.StreamDecl:
		if d.Pipeline == nil {
			return origin{}, false
		}
		f := flow{Node: d.Pipeline, Decl: d, From: &d.Pipeline.From, Stages: d.Pipeline.Stages, Span: d.Pipeline.Span}
		return p.follow(f, len(f.Stages), name, hops-1)
	case *ast.TopicDecl:
		if d.Row == nil {
			if d.From == nil {
				return origin{}, false
			}
			return origin{Name: name, At: d.From.Span, Decl: d}, true
		}
		return p.fieldOf(d.Row, d, name)
	case *ast.ViewDecl:
		for _, s := range d.States {
			if s.Name.Name == name {
				return origin{Name: name, At: s.Name.Span, Decl: d, Value: s.Init}, true
			}
		}
		return p.ofRel(&d.From, name, hops-1)
	case *ast.SchemaDecl:
		return p.fieldOfSchema(d, name)
	}
	return origin{}, false
}

// fieldOf finds a field in a written type.
func (p *Program) fieldOf(t ast.Type, d ast.Decl, name string) (origin, bool) {
	switch t := t.(type) {
	case *ast.RecordType:
		return fieldNamed(t, d, name)
	case *ast.NamedType:
		if s, ok := p.declOf(t.Name).(*ast.SchemaDecl); ok {
			return p.fieldOfSchema(s, name)
		}
	}
	return origin{}, false
}

func (p *Program) fieldOfSchema(s *ast.SchemaDecl, name string) (origin, bool) {
	if s.Record != nil {
		return fieldNamed(s.Record, s, name)
	}
	for _, branch := range s.Union {
		if b, ok := p.declOf(branch).(*ast.SchemaDecl); ok && b != s {
			if o, found := p.fieldOfSchema(b, name); found {
				return o, true
			}
		}
	}
	return origin{}, false
}

func fieldNamed(t *ast.RecordType, d ast.Decl, name string) (origin, bool) {
	for _, f := range t.Fields {
		if f.Name.Name == name {
			return origin{Name: name, At: f.Name.Span, Decl: d, Field: f}, true
		}
	}
	return origin{}, false
}

// ofImplicit is the origin of a column of a topic that is declared nowhere: that of the
// first who writes it.
func (p *Program) ofImplicit(topic, name string, hops int) (origin, bool) {
	for _, w := range p.index().writers[topic] {
		if late, ok := w.decl.(*ast.TopicDecl); ok { // rows that came too late
			if o, ok := p.ofDecl(late, name, hops-1); ok {
				return o, true
			}
		}
		for _, f := range flowsOf(w.decl) {
			if f.Node == w.node {
				if o, ok := p.follow(f, len(w.stages), name, hops-1); ok {
					return o, true
				}
			}
		}
	}
	return origin{}, false
}

// madeBy tells whether stage k of a flow makes the column called name behind it; else
// next is what it is called before the stage.
func (p *Program) madeBy(f flow, k int, name string, hops int) (o origin, next string, made bool) {
	st := f.Stages[k]
	here := func(id ast.Ident, value ast.Expr) (origin, string, bool) {
		return origin{Name: name, At: id.Span, Decl: f.Decl, Value: value, Stage: st, In: flowPoint{f, k}}, "", true
	}
	switch st := st.(type) {
	case *ast.SelectStage:
		return p.selected(f, k, st.Items, name, hops)
	case *ast.ExtendStage:
		return p.named(f, k, st.Items, name, hops)
	case *ast.LetStage:
		return p.named(f, k, st.Items, name, hops)
	case *ast.RenameStage:
		for _, item := range st.Items {
			if item.New.Name == name {
				return here(item.New, pathExpr(item.Old))
			}
		}
	case *ast.AggStage:
		for _, item := range st.Items {
			if item.Name != nil && item.Name.Name == name {
				o, _, _ := here(*item.Name, item.Expr)
				o.Agg = item.Where
				return o, "", true
			}
			if item.Name == nil && outputName(item.Expr) == name {
				return origin{Name: name, At: item.Span, Decl: f.Decl, Value: item.Expr, Stage: st, In: flowPoint{f, k}}, "", true
			}
		}
		return p.named(f, k, st.By, name, hops)
	case *ast.UnnestStage:
		if st.Name.Name == name {
			return here(st.Name, st.Expr)
		}
	case *ast.JoinStage:
		if st.Alias.Name == name {
			return here(st.Alias, nil)
		}
	case *ast.LookupStage:
		if st.Alias.Name == name {
			return here(st.Alias, nil)
		}
	case *ast.TopStage:
		if st.Rank != nil && st.Rank.Name == name {
			return here(*st.Rank, nil)
		}
	case *ast.MatchStage:
		return p.selected(f, k, st.Emit, name, hops)
	case *ast.SilentStage:
		if name == ir.LastSeen || name == ir.SilentAt {
			return origin{Name: name, At: st.Span, Decl: f.Decl, Stage: st}, "", true
		}
	case *ast.ChangedStage:
		if name == ir.PreviousRow {
			return origin{Name: name, At: st.Span, Decl: f.Decl, Stage: st, In: flowPoint{f, k}}, "", true
		}
	case *ast.ChangesStage:
		return origin{Name: name, At: st.Span, Decl: f.Decl, Stage: st, In: flowPoint{f, k}}, "", true
	case *ast.ApplyStage:
		if pipe, ok := p.declOf(st.Pipe).(*ast.PipeDecl); ok {
			g := flow{Node: pipe, Decl: pipe, Stages: pipe.Stages, Span: pipe.Span}
			for i := len(g.Stages) - 1; i >= 0 && hops > 0; i-- {
				hops--
				if o, next, made = p.madeBy(g, i, name, hops/2); made {
					return o, "", true
				}
				name = next
			}
		}
	}
	return origin{}, name, false
}

// selected finds a column among the items of a select.
func (p *Program) selected(f flow, k int, items []ast.SelItem, name string, hops int) (origin, string, bool) {
	star := false
	for _, item := range items {
		if item.Star {
			star = star || !excepted(item, name)
			continue
		}
		if o, next, found := p.named(f, k, []ast.NamedExpr{item.Item}, name, hops); found || next != name {
			return o, next, found
		} else if item.Item.Name == nil && outputName(item.Item.Expr) == name {
			return origin{}, next, false
		}
	}
	if star {
		return origin{}, name, false
	}
	return origin{}, name, false
}

func excepted(item ast.SelItem, name string) bool {
	for _, e := range item.Except {
		if e.String() == name {
			return true
		}
	}
	return false
}

// named finds a column among named expressions. One that only repeats a name, or reads
// the column of another row, hands that column on.
func (p *Program) named(f flow, k int, items []ast.NamedExpr, name string, hops int) (origin, string, bool) {
	for _, item := range items {
		made := origin{Name: name, Decl: f.Decl, Value: item.Expr, Stage: f.Stages[k], In: flowPoint{f, k}}
		switch {
		case item.Name != nil && item.Name.Name == name:
			made.At = item.Name.Span
			return made, "", true
		case item.Name == nil && outputName(item.Expr) == name:
			if n, ok := item.Expr.(*ast.Name); ok {
				return origin{}, n.Name, false
			}
			made.At = item.Expr.Pos()
			if fe, ok := item.Expr.(*ast.FieldExpr); ok {
				if o, ok := p.fieldOrigin(fe, flowPoint{f, k}, hops); ok {
					return o, "", true
				}
				made.At = fe.Name.Span
			}
			return made, "", true
		}
	}
	return origin{}, name, false
}

// outputName is the name that an expression without one gives its column.
func outputName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Name:
		return e.Name
	case *ast.FieldExpr:
		return e.Name.Name
	}
	return ""
}

func pathExpr(path ast.Path) ast.Expr {
	var e ast.Expr
	for i, part := range path.Parts {
		if i == 0 {
			e = &ast.Name{Ident: part}
		} else {
			e = &ast.FieldExpr{At: path.At, X: e, Name: part}
		}
	}
	return e
}

// originOfField finds the declaration of a member of a record whose type has a name.
func (p *Program) originOfField(t *types.Type, name string) (origin, bool) {
	if t == nil || t.Name == "" {
		return origin{}, false
	}
	if s, ok := p.declNamed(t.Name).(*ast.SchemaDecl); ok {
		return p.fieldOfSchema(s, name)
	}
	return origin{}, false
}

// sideColumn is a column read through the name of a row: that of a source, or of the
// other side of a join above, or of a define of the match itself.
func (p *Program) sideColumn(in flowPoint, side, name string, hops int) (origin, bool) {
	for k := min(in.I, len(in.F.Stages)-1); k >= 0; k-- {
		switch st := in.F.Stages[k].(type) {
		case *ast.JoinStage:
			if st.Alias.Name == side {
				return p.ofRel(&st.Right, name, hops-1)
			}
		case *ast.LookupStage:
			if st.Alias.Name == side {
				return p.ofRel(&st.Right, name, hops-1)
			}
		case *ast.MatchStage:
			for _, d := range st.Defines {
				if d.Name.Name == side && k == in.I {
					return p.follow(in.F, k, name, hops-1)
				}
			}
		}
	}
	if side == in.F.Alias {
		return p.follow(in.F, in.I, name, hops-1)
	}
	return origin{}, false
}
