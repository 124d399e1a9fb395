package check

import (
	"fmt"
	"path"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// findTargets notes every name that rows are sent to and nobody declares: those are
// implicit topics (SEMANTICS 121), and a reader of one must know who writes it.
func (m *module) findTargets() {
	note := func(p ast.Path, d ast.Decl) {
		name := p.String()
		if name == dropName || name == "" || len(p.Parts) != 1 {
			return
		}
		if _, declared := m.decls[name]; declared {
			return
		}
		m.targets[name] = append(m.targets[name], targetUse{at: p, decl: d})
	}
	for _, d := range m.order {
		switch d := d.(type) {
		case *ast.StreamDecl:
			stageTargets(d.Pipeline.Stages, func(p ast.Path) { note(p, d) })
		case *ast.RouteDecl:
			for _, arm := range arms(d) {
				stageTargets(arm.Stages, func(p ast.Path) { note(p, d) })
				for _, t := range arm.Targets {
					note(t.Path, d)
				}
			}
		case *ast.TopicDecl:
			for _, setting := range []string{"late_to", "errors_to"} {
				if name := settingPath(d.Settings, setting); name != "" && !strings.Contains(name, ".") {
					note(ast.Path{At: d.Name.At, Parts: []ast.Ident{{At: d.Name.At, Name: name}}}, d)
				}
			}
		}
	}
}

func arms(d *ast.RouteDecl) []*ast.RouteArm {
	all := append([]*ast.RouteArm(nil), d.Arms...)
	if d.Otherwise != nil {
		all = append(all, d.Otherwise)
	}
	return all
}

func stageTargets(stages []ast.Stage, f func(ast.Path)) {
	for _, st := range stages {
		switch st := st.(type) {
		case *ast.IntoStage:
			f(st.Target)
		case *ast.RequireStage:
			if st.Else != nil {
				f(st.Else.Target)
			}
		case *ast.WindowStage:
			if st.LateTo != nil {
				f(st.LateTo.Target)
			}
		}
	}
}

// implicitTopic is the topic of an undeclared name, for a reader of it: the
// declarations that write to it are checked first. nil when nobody does.
func (m *module) implicitTopic(p ast.Path) *ir.Topic {
	if len(p.Parts) != 1 {
		return nil
	}
	name := p.Parts[0].Name
	m.useWriters(name)
	if t, ok := m.topics[name]; ok {
		return t
	}
	if name == ErrorsTopic {
		return m.errors()
	}
	for _, use := range m.targets[name] {
		if m.busy[use.decl] {
			continue
		}
		m.busy[use.decl] = true
		m.c.within(use.decl, func() { m.checkDecl(use.decl) })
		m.busy[use.decl] = false
		if t, ok := m.topics[name]; ok {
			return t
		}
	}
	return nil
}

// useWriters notes that a declaration depends on all that write an implicit topic.
func (m *module) useWriters(name string) {
	for _, w := range m.targets[name] {
		m.c.use(w.decl)
	}
}

// errors is the implicit error topic.
func (m *module) errors() *ir.Topic {
	if t, ok := m.topics[ErrorsTopic]; ok {
		return t
	}
	if m.c.errorsTopic == nil {
		st := errorStream(ErrorsTopic)
		st.Bounded = true
		m.c.errorsTopic = &ir.Topic{Name: ErrorsTopic, Row: ErrorRecord, Type: st, Implicit: true, Partitions: 1}
		m.c.prog.Topics = append(m.c.prog.Topics, m.c.errorsTopic)
	}
	m.topics[ErrorsTopic] = m.c.errorsTopic
	return m.c.errorsTopic
}

// targetTopic resolves a name that rows are sent to. An undeclared one becomes a
// topic of the rows found here. nil after a report.
func (m *module) targetTopic(p ast.Path, in *types.Stream) *ir.Topic {
	if other, d, ok := m.lookup(p); ok {
		if topic, isTopic := d.(*ast.TopicDecl); isTopic {
			return other.topic(topic)
		}
		m.c.report("E0201", p.Span, `"`+p.String()+`" is not a topic, so no rows can be sent to it`, "").
			Label(d.DeclHead().Name.Span, "declared here")
		return nil
	}
	name := p.Parts[len(p.Parts)-1].Name
	if len(p.Parts) > 1 {
		m.c.report("E0201", p.Span, `there is no topic "`+p.String()+`"`, "")
		return nil
	}
	m.useWriters(name)
	if t, ok := m.topics[name]; ok {
		return m.sameRows(t, in, p.Span)
	}
	if name == ErrorsTopic {
		return m.errors()
	}
	if in.Broken {
		return nil
	}
	t := m.newImplicit(name, in, p.Span)
	if near, ok := diag.Closest(name, m.topicNames()); ok {
		m.c.warn("W0806", p.Span, `"`+name+`" is declared nowhere, so it becomes a topic of its own`, `did you mean "`+near+`"?`).
			Fix(diag.Maybe, `write "`+near+`"`, near, diag.Edit{Span: p.Span, Text: near})
	}
	return t
}

func (m *module) topicNames() []string {
	var names []string
	for _, d := range m.order {
		if t, ok := d.(*ast.TopicDecl); ok {
			names = append(names, t.Name.Name)
		}
	}
	return names
}

func (m *module) newImplicit(name string, in *types.Stream, at source.Span) *ir.Topic {
	row := (&types.Stream{Columns: in.Visible(), Name: in.Name}).Row()
	t := &ir.Topic{Name: m.prefix + name, At: at, Row: row, Implicit: true, Partitions: 1, Upsert: in.Kind == types.Changes}
	st := &types.Stream{Topic: t.Name, Name: in.Name, Columns: in.Visible(), Bounded: in.Bounded, Kind: in.Kind}
	if key, ok := visibleKey(in); ok && in.Kind == types.Changes {
		st.Key = key
	}
	t.Type, t.Key = st, st.Key
	m.topics[name] = t
	m.c.prog.Topics = append(m.c.prog.Topics, t)
	return t
}

// sameRows: a second writer of an implicit topic sends the same rows as the first.
func (m *module) sameRows(t *ir.Topic, in *types.Stream, at source.Span) *ir.Topic {
	if !t.Implicit || in.Broken || t.Name == ErrorsTopic {
		return t
	}
	row := (&types.Stream{Columns: in.Visible()}).Row()
	if types.Equal(row, t.Row) || rowFits(row, t.Row) {
		return t
	}
	m.c.report("E0321", at, `"`+t.Name+`" would get rows of two kinds`, "").
		Label(t.At, "first used here").
		Note("first: "+rowText(t.Row)).Note("here:  "+rowText(row)).
		Fix(diag.Choose, "shape the rows alike", "|> select ...").
		Fix(diag.Choose, "another target", "-> "+t.Name+"_2")
	return nil
}

func rowText(t *types.Type) string {
	if t.Kind == types.Record {
		return types.RecordText(t.Fields)
	}
	return t.String()
}

// fileTarget is a file named as a target: a topic of its own, and a sink that
// writes it.
func (m *module) fileTarget(lit *ast.StringLit, in *types.Stream) *ir.Topic {
	if t, ok := m.topics[lit.Value]; ok {
		return m.sameRows(t, in, lit.Span)
	}
	m.fileFormat(lit)
	t := m.newImplicit(lit.Value, in, lit.Span)
	m.c.prog.Sinks = append(m.c.prog.Sinks, &ir.Sink{Name: t.Name, At: lit.Span, Connector: "file", From: t.Name, URI: lit.Value, Dir: m.dir(), Settings: map[string]any{}})
	return t
}

// fileFormat warns early of a file whose format cannot be told from its name.
func (m *module) fileFormat(lit *ast.StringLit) {
	name, options, _ := strings.Cut(lit.Value, "?")
	if strings.Contains(options, "format=") || name == "-" {
		return
	}
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	ext := path.Ext(name)
	for _, f := range m.c.opts.Catalog.FormatNames() {
		for _, e := range m.c.opts.Catalog.Format(f).Extensions {
			if e == ext {
				return
			}
		}
	}
	m.c.report("E0214", lit.Span, `the format of "`+lit.Value+`" cannot be told from its name`, "").
		Fix(diag.Choose, "say it", `"`+lit.Value+`?format=ndjson"`, diag.Edit{Span: lit.Span, Text: `"` + lit.Value + `?format=ndjson"`}).
		Note(listed("formats: ", m.c.opts.Catalog.FormatNames()))
}

// route checks a route.
func (m *module) route(d *ast.RouteDecl) *ir.Route {
	if r, ok := m.routes[d]; ok {
		return r
	}
	r := &ir.Route{Name: m.prefix + d.Name.Name, At: d.Name.Span, All: d.All}
	m.routes[d] = r
	rel, in, alias := m.rel(d.From)
	m.c.inputs[d] = in
	r.From, r.Type = rel, in
	r.Replaces = startsAnew(in)
	head := d.Name.Span
	head.Start = max(d.Span.Start, head.Start-len("route "))
	head = firstWord(head, "route")
	if d.Otherwise == nil && !d.Torn {
		m.noOtherwise(d, head)
	}
	seen := map[string]int{} // conditions by the arm that has them first
	not := facts{}
	for _, arm := range arms(d) {
		a := m.arm(d, r, arm, in, alias, seen, &not)
		if arm == d.Otherwise {
			r.Otherwise = a
		} else {
			r.Arms = append(r.Arms, a)
		}
	}
	m.c.prog.Routes = append(m.c.prog.Routes, r)
	return r
}

func (m *module) noOtherwise(d *ast.RouteDecl, head source.Span) {
	rep := m.c.report("E0320", head, "what should happen to rows that match none of these arms?", "")
	end := d.Span
	end.Start = max(end.Start, end.End-1)
	rep.Label(end, `"otherwise" is missing`)
	end.End = end.Start
	insert := func(target string) diag.Edit {
		return diag.Edit{Span: end, Text: "  otherwise -> " + target + "\n"}
	}
	keep, what := "other", "(a topic of its own for them)"
	if t := m.spareTopic(d); t != nil {
		keep, what = t.Name.Name, "(a topic of type "+t.Row.Pos().Text()+" that nothing writes to)"
	}
	rep.Fix(diag.Choose, "otherwise -> "+keep, what, insert(keep))
	rep.Fix(diag.Choose, "otherwise -> drop", `(dropped rows are counted as route_dropped{route="`+d.Name.Name+`"})`, insert("drop"))
}

// spareTopic is a topic that takes the rows of a route and that nothing feeds, nil
// where there is none.
func (m *module) spareTopic(d *ast.RouteDecl) *ast.TopicDecl {
	from, ok := m.decls[d.From.Path.String()].(*ast.TopicDecl)
	if !ok || from.Row == nil {
		return nil
	}
	fed := map[string]bool{from.Name.Name: true}
	for _, other := range m.order {
		switch other := other.(type) {
		case *ast.SourceDecl:
			fed[other.Into.String()] = true
		case *ast.StreamDecl:
			stageTargets(other.Pipeline.Stages, func(p ast.Path) { fed[p.String()] = true })
		case *ast.RouteDecl:
			for _, a := range arms(other) {
				for _, t := range a.Targets {
					fed[t.Path.String()] = true
				}
			}
		}
	}
	for _, other := range m.order {
		t, ok := other.(*ast.TopicDecl)
		if ok && t.Row != nil && t.From == nil && !fed[t.Name.Name] && t.Row.Pos().Text() == from.Row.Pos().Text() {
			return t
		}
	}
	return nil
}

func (m *module) arm(d *ast.RouteDecl, r *ir.Route, arm *ast.RouteArm, in *types.Stream, alias string, seen map[string]int, not *facts) *ir.Arm {
	a := &ir.Arm{At: arm.Span}
	ch := &chain{m: m, name: d.Name.Name, in: in, alias: alias}
	if arm.When != nil {
		text := oneLine(arm.When.Pos().Text())
		if first, dup := seen[text]; dup && !d.All {
			m.unreachable(d, r, arm, first).Fix(diag.Choose, "leave this arm out", "", diag.Edit{Span: arm.Span})
		}
		if _, dup := seen[text]; !dup {
			seen[text] = len(r.Arms)
		}
		s := ch.scope()
		if !d.All {
			s = s.withFacts(*not)
		}
		a.When = s.condition(arm.When, "when")
		m.neverMatches(a.When, d, r, arm)
		yes, no := factsOf(a.When)
		if !d.All {
			yes.addAll(*not)
			not.addAll(no)
		}
		t := *in
		t.Columns = narrow(in.Columns, yes)
		ch.in = &t
		if b, ok := yes.branch[types.UnionColumn]; ok && ch.in.Union() != nil {
			ch.narrowUnion(b, yes, arm.Span)
		}
	} else if !d.All {
		t := *in
		t.Columns = narrow(in.Columns, *not)
		ch.in = &t
	}
	if r.Replaces {
		ch.keepChosen(arm.Span)
	}
	m.c.inputs[arm] = ch.in
	ch.run(arm.Stages)
	a.Stages, a.Type = ch.stages, ch.in
	for _, t := range arm.Targets {
		if target, ok := m.armTarget(ch, t); ok {
			a.Targets = append(a.Targets, target)
		}
	}
	return a
}

// neverMatches finds arms behind a bound that an earlier arm already covers:
// x >= 80.0 before x >= 95.0.
func (m *module) neverMatches(when ir.Expr, d *ast.RouteDecl, r *ir.Route, arm *ast.RouteArm) {
	if d.All {
		return
	}
	for i, earlier := range r.Arms {
		if earlier.When != nil && covers(earlier.When, when) {
			above := d.Arms[i].Span
			m.unreachable(d, r, arm, i).
				Fix(diag.Choose, fmt.Sprintf("put it above arm %d", i+1), oneLine(arm.Span.Text()),
					diag.Edit{Span: above, Text: arm.Span.Text()}, diag.Edit{Span: arm.Span, Text: above.Text()}).
				Fix(diag.Choose, "send a row to every arm that fits", "route "+d.Name.Name+" from "+oneLine(d.From.Pos().Text())+" all matches")
			return
		}
	}
}

// unreachable is E0322: an error, since rows meant for this arm would all go to another.
// The arms of r are those above it.
func (m *module) unreachable(d *ast.RouteDecl, r *ir.Route, arm *ast.RouteArm, taker int) *diag.Diagnostic {
	above := d.Arms[taker].When.Pos()
	text := fmt.Sprintf("arm %d can never match: arm %d already takes every row with %s", len(r.Arms)+1, taker+1, oneLine(above.Text()))
	return m.c.report("E0322", arm.When.Pos(), text, "").Label(above, "takes them")
}

// covers reports comparisons of one path with constants where a holds whenever b does.
func covers(a, b ir.Expr) bool {
	x, okX := a.(*ir.Binary)
	y, okY := b.(*ir.Binary)
	if !okX || !okY || pathOf(x.X) == "" || pathOf(x.X) != pathOf(y.X) {
		return false
	}
	cx, okX := x.Y.(*ir.Const)
	cy, okY := y.Y.(*ir.Const)
	if !okX || !okY {
		return false
	}
	vx, okX := number(cx.Value)
	vy, okY := number(cy.Value)
	if !okX || !okY {
		return false
	}
	switch {
	case x.Op == ir.Ge && (y.Op == ir.Ge || y.Op == ir.Gt || y.Op == ir.Eq), x.Op == ir.Gt && y.Op == ir.Gt:
		return vy >= vx && !(x.Op == y.Op && vx == vy) // equal arms are reported already
	case x.Op == ir.Gt && (y.Op == ir.Ge || y.Op == ir.Eq):
		return vy > vx
	case x.Op == ir.Le && (y.Op == ir.Le || y.Op == ir.Lt || y.Op == ir.Eq), x.Op == ir.Lt && y.Op == ir.Lt:
		return vy <= vx && !(x.Op == y.Op && vx == vy)
	case x.Op == ir.Lt && (y.Op == ir.Le || y.Op == ir.Eq):
		return vy < vx
	}
	return false
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// armTarget resolves one target of an arm.
func (m *module) armTarget(ch *chain, t ast.Target) (ir.ArmTarget, bool) {
	out := ir.ArmTarget{At: t.Span}
	var topic *ir.Topic
	switch {
	case t.File != nil && !ch.in.Broken:
		topic = m.fileTarget(t.File, withoutHidden(ch.in))
	case t.File != nil:
		return out, false
	case t.Path.String() == dropName:
		out.Drop = true
		return out, true
	case len(t.Path.Parts) == 0:
		return out, false
	default:
		if m.readsOwnTopic(t.Path, ch.in) {
			return out, false
		}
		topic = m.targetTopic(t.Path, withoutHidden(ch.in))
	}
	if topic == nil || ch.in.Broken || !m.acceptsKind(ch, topic, t.Span) || !m.acceptsKey(ch, topic, t.Span) {
		return out, false
	}
	items, ok := m.topicRow(ch.in, topic, t.Span)
	out.Topic, out.Items = topic.Name, items
	return out, ok
}
