package check

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// chain is a pipeline while it is checked: the stream so far, and what names mean
// on it.
type chain struct {
	m      *module
	name   string // of the stream or route, for messages
	from   ir.Rel // what it reads
	in     *types.Stream
	alias  string
	vars   map[string]ir.Expr // parameters of pipes being applied
	stages []*ir.Stage
	// made says where the stream became what it is, for messages about its kind.
	changesAt source.Span
	windowEnd source.Span   // the stage that took rows out of their windows
	sources   []source.Span // where its inputs are named
	pipes     []*ast.PipeDecl
	stageAt   source.Span      // the stage being checked
	unnamed   *diag.Diagnostic // its columns without a name, nil while there are none
}

// pipeline checks a pipeline; name is that of the stream it defines.
func (m *module) pipeline(p *ast.Pipeline, name string) *ir.Pipeline {
	rel, in, alias := m.rel(p.From)
	if p.Alias != nil {
		alias = p.Alias.Name
	}
	m.c.inputs[p] = in
	out := &ir.Pipeline{From: rel, At: p.Span}
	ch := &chain{m: m, name: name, from: rel, in: in, alias: alias, sources: []source.Span{p.From.Span}}
	ch.run(p.Stages)
	out.Stages, out.Type = ch.stages, ch.in
	return out
}

// run checks stages one after the other.
func (ch *chain) run(stages []ast.Stage) {
	for i, st := range stages {
		before := len(ch.stages)
		if len(ch.stages) > 0 && i > 0 {
			if _, ended := stages[i-1].(*ast.IntoStage); ended {
				ch.m.c.report("E0327", firstWord(st.Pos(), stageWord(st)), "nothing can follow `into`", "").
					Label(stages[i-1].Pos(), "the pipeline ends here").
					Fix(diag.Choose, "do it before", `put "`+stageWord(st)+`" above "into"`).
					Fix(diag.Choose, "do it after", "stream ... = from "+stages[i-1].(*ast.IntoStage).Target.String()+" |> "+stageWord(st)+" ...")
			}
		}
		ch.stage(st)
		word := stageWord(st)
		for _, s := range ch.stages[before:] {
			if s.Word == "" {
				s.Word = word
			}
		}
		ch.m.c.stages[st] = ch.in
	}
}

// stageWord is the first word of a stage.
func stageWord(st ast.Stage) string {
	text := st.Pos().Text()
	if i := strings.IndexFunc(text, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }); i > 0 {
		return text[:i]
	}
	return text
}

// add appends an operator whose output has the type given.
func (ch *chain) add(op ir.Operator, t *types.Stream, at source.Span) {
	if ch.in.Window != nil && t.Window == nil {
		ch.windowEnd = ch.stageAt
	}
	ch.stages = append(ch.stages, &ir.Stage{Op: op, Type: t, At: at})
	ch.in = t
}

// broken makes everything below silent.
func (ch *chain) broken() {
	t := *ch.in
	t.Broken = true
	ch.in = &t
}

// with is the stream's type changed by f.
func (ch *chain) with(f func(t *types.Stream)) *types.Stream {
	t := *ch.in
	t.BoundText = ""
	f(&t)
	return &t
}

// scope is what names mean in the stage being checked.
func (ch *chain) scope() *scope {
	s := ch.m.scope(ch.in)
	s.alias, s.vars = ch.alias, ch.vars
	s.stage, s.above, s.windowEnd = ch.stageAt, ch.above(), ch.windowEnd
	return s
}

// above says which stage made the rows, in words; "" where they come as they are.
func (ch *chain) above() string {
	if len(ch.stages) == 0 {
		return ""
	}
	last := ch.stages[len(ch.stages)-1]
	if !last.At.Known() || last.Word == "" || last.At.File != ch.stageAt.File {
		return ""
	}
	return "line " + strconv.Itoa(last.At.Position().Line) + `, is "` + last.Word + `"`
}

func (ch *chain) stage(st ast.Stage) {
	ch.stageAt, ch.unnamed = st.Pos(), nil
	switch st.(type) {
	case *ast.WhereStage, *ast.RequireStage, *ast.UnnestStage, *ast.UnionStage, *ast.LimitStage, *ast.SampleStage, *ast.JoinStage:
		if !ch.followsWindows(st) && !ch.keepsRefined(st) {
			return
		}
	}
	switch st := st.(type) {
	case *ast.WhereStage:
		ch.where(st)
	case *ast.SelectStage:
		ch.selectItems(st)
	case *ast.ExtendStage:
		ch.extend(st.Items, false, st)
	case *ast.LetStage:
		ch.extend(st.Items, true, st)
	case *ast.DropStage:
		ch.drop(st)
	case *ast.RenameStage:
		ch.rename(st)
	case *ast.RequireStage:
		ch.require(st)
	case *ast.UnnestStage:
		ch.unnest(st)
	case *ast.KeyStage:
		ch.keyBy(st)
	case *ast.TimeStage:
		ch.time(st)
	case *ast.WindowStage:
		ch.window(st)
	case *ast.AggStage:
		ch.finally(st.Keep == nil, st, func() { ch.aggregate(st) })
	case *ast.TopStage:
		ch.finally(st.Keep == nil, st, func() { ch.top(st) })
	case *ast.LatestStage:
		ch.finally(st.Keep == nil, st, func() { ch.latest(st) })
	case *ast.DedupStage:
		ch.dedup(st.By, st.Within, st, "dedup")
	case *ast.JoinStage:
		ch.called("join", func() { ch.join(st) })
	case *ast.LookupStage:
		ch.called("lookup", func() { ch.lookup(st) })
	case *ast.UnionStage:
		ch.union(st)
	case *ast.MatchStage:
		ch.match(st)
	case *ast.SortStage:
		ch.sort(st)
	case *ast.LimitStage:
		ch.limit(st)
	case *ast.SampleStage:
		ch.sample(st)
	case *ast.ChangesStage:
		ch.changes(st)
	case *ast.UpsertStage:
		ch.upserts(st)
	case *ast.TTLStage:
		ch.expire(st)
	case *ast.ApplyStage:
		ch.apply(st)
	case *ast.IntoStage:
		ch.into(st)
	case *ast.HoldStage:
		ch.hold(st)
	case *ast.SilentStage:
		ch.silent(st)
	case *ast.ThrottleStage:
		ch.throttle(st)
	case *ast.ChangedStage:
		ch.changedRows(st)
	case *ast.DistinctStage:
		ch.dedup(nil, nil, st, "distinct")
	case *ast.BadStage:
		ch.broken()
	}
}

// finally checks a stage; in a relaxed program over a bounded input it works on all
// rows at once, unless the stage says otherwise.
func (ch *chain) finally(may bool, st ast.Stage, check func()) {
	if !may || !ch.m.c.opts.Relaxed {
		check()
		return
	}
	done := ch.whole(st.Pos())
	check()
	done()
}

// rel resolves what a pipeline reads: the relation, its type, and the name its rows go by.
func (m *module) rel(ref ast.RelRef) (ir.Rel, *types.Stream, string) {
	if ref.Pipeline != nil {
		p := m.pipeline(ref.Pipeline, "")
		alias := ""
		if len(ref.Pipeline.From.Path.Parts) > 0 {
			alias = ref.Pipeline.From.Path.Parts[len(ref.Pipeline.From.Path.Parts)-1].Name
		}
		return ir.Rel{Pipeline: p}, p.Type, alias
	}
	if len(ref.Path.Parts) == 0 { // could not be read
		return ir.Rel{}, &types.Stream{Broken: true}, ""
	}
	last := ref.Path.Parts[len(ref.Path.Parts)-1].Name
	if in, d, ok := m.lookup(ref.Path); ok {
		switch d := d.(type) {
		case *ast.TopicDecl:
			t := in.topic(d)
			return ir.Rel{Topic: t.Name}, t.Type, last
		case *ast.StreamDecl:
			st := in.stream(d)
			t := withoutHidden(st.Type())
			if d.Table {
				t = outOfWindow(t)
			}
			return ir.Rel{Stream: st.Name}, t, last
		case *ast.ViewDecl:
			st := in.view(d)
			return ir.Rel{Stream: st.Name}, withoutHidden(st.Type()), last
		}
		m.c.report("E0201", ref.Span, `"`+last+`" is not a topic, stream or view, so nothing can be read from it`, "").
			Label(d.DeclHead().Name.Span, "declared here")
		return ir.Rel{}, &types.Stream{Broken: true}, last
	}
	if t := m.implicitTopic(ref.Path); t != nil {
		return ir.Rel{Topic: t.Name}, t.Type, last
	}
	m.noSuchRelation(ref.Path)
	return ir.Rel{}, &types.Stream{Broken: true}, last
}

func (m *module) noSuchRelation(path ast.Path) {
	if m.broken {
		return
	}
	d := m.c.report("E0201", path.Span, `there is no topic or stream "`+path.String()+`"`, "")
	var names []string
	for _, decl := range m.order {
		switch decl.(type) {
		case *ast.TopicDecl, *ast.StreamDecl, *ast.ViewDecl:
			if !m.c.opts.Relaxed { // a query is a stream without a name
				names = append(names, decl.DeclHead().Name.Name)
			}
		}
	}
	for _, t := range m.c.opts.Topics {
		names = append(names, t.Name)
	}
	names = append(names, slices.Sorted(maps.Keys(m.targets))...)
	if other := m.imported[path.Parts[0].Name]; other != nil && len(path.Parts) == 2 {
		names = nil
		for _, decl := range other.order {
			switch decl.(type) {
			case *ast.TopicDecl, *ast.StreamDecl:
				names = append(names, decl.DeclHead().Name.Name)
			}
		}
	}
	m.c.suggest(d, path.Parts[len(path.Parts)-1], names)
	if len(names) > 0 && len(d.Fixes) == 0 {
		d.Note(listed("there are: ", names))
	}
}

// withoutHidden is a stream as another pipeline reads it: `let` columns are not
// part of the result, but for those that identify its rows.
func withoutHidden(t *types.Stream) *types.Stream {
	c := *t
	c.Columns = t.Read()
	c.BoundText, c.Retain = "", 0
	return &c
}

// outOfWindow is a table as others read it: windows end at a table (SEMANTICS 27).
// The bounds of a window still tell its rows apart where they are part of the key.
func outOfWindow(t *types.Stream) *types.Stream {
	c := *t
	c.Window, c.Lateness = nil, 0
	if !keyedByWindow(&c) {
		c.Columns = withoutWindow(c.Columns)
	}
	return &c
}

// stream checks a stream or table declaration.
func (m *module) stream(d *ast.StreamDecl) *ir.Stream {
	if st, ok := m.streams[d.Name.Name]; ok {
		if st == nil {
			return m.cycle(d)
		}
		return st
	}
	m.streams[d.Name.Name] = nil
	st := &ir.Stream{Name: m.prefix + d.Name.Name, At: d.Name.Span, Table: d.Table}
	m.c.within(d, func() {
		st.Pipeline = m.pipeline(d.Pipeline, d.Name.Name)
		m.tableSettings(d, st)
		if d.Type != nil {
			m.checkStreamType(d, st)
		}
	})
	if m.streams[d.Name.Name] == nil {
		m.streams[d.Name.Name] = st
		m.c.prog.Streams = append(m.c.prog.Streams, st)
	}
	return m.streams[d.Name.Name]
}

// cycle reports a stream that reads itself.
func (m *module) cycle(d *ast.StreamDecl) *ir.Stream {
	m.c.report("E0212", d.Name.Span, `the stream "`+d.Name.Name+`" reads from itself`, "").
		Because("Streams cannot form a circle. Feedback goes through a topic: end one pipeline with `into` and start the other from that topic.")
	st := &ir.Stream{Name: m.prefix + d.Name.Name, At: d.Name.Span, Pipeline: &ir.Pipeline{Type: &types.Stream{Broken: true}}}
	m.streams[d.Name.Name] = st
	return st
}

// checkStreamType compares a written stream type with the one found.
func (m *module) checkStreamType(d *ast.StreamDecl, st *ir.Stream) {
	got := st.Type()
	if got.Broken {
		return
	}
	want := m.resolve(d.Type.Row, nil)
	kind := types.Append
	if d.Type.Changes {
		kind = types.Changes
	}
	if got.Kind != kind {
		at := firstWord(d.Type.Span, kind.String())
		m.c.report("E0304", at, `"`+d.Name.Name+`" is declared as `+kindText(kind)+", and is "+kindText(got.Kind), "").
			Label(lastStage(d).Pos(), "its last stage").
			Fix(diag.Choose, "declare what it is", got.Kind.String()+d.Type.Span.Text()[len(at.Text()):], diag.Edit{Span: at, Text: got.Kind.String()})
	}
	m.checkStreamKey(d, got)
	if want.Kind == types.Record && !sameRow(got.Row(), want) {
		m.c.report("E0304", d.Type.Row.Pos(), `the rows of "`+d.Name.Name+`" are not what is declared`, "declared").
			Label(lastStage(d).Pos(), "its last stage").
			Note("declared: " + types.RecordText(want.Fields)).Note("found:    " + types.RecordText(got.Row().Fields))
	}
}

func kindText(k types.StreamKind) string {
	if k == types.Changes {
		return "a changes stream"
	}
	return "an append stream"
}

func lastStage(d *ast.StreamDecl) ast.Node {
	if n := len(d.Pipeline.Stages); n > 0 {
		return d.Pipeline.Stages[n-1]
	}
	return d.Pipeline
}

// sameRow: equal fields in order; a declared nullable field may be found non-null.
func sameRow(got, want *types.Type) bool {
	if got.Kind != types.Record || len(got.Fields) != len(want.Fields) {
		return false
	}
	for i, f := range got.Fields {
		w := want.Fields[i]
		if f.Name != w.Name || !types.Equal(f.Type.NonNull(), w.Type.NonNull()) || f.Type.Nullable && !w.Type.Nullable {
			return false
		}
	}
	return true
}
