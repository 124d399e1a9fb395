package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// dropName is the target that is no topic: rows are counted and forgotten.
const dropName = "drop"

func (ch *chain) union(st *ast.UnionStage) {
	op := &ir.Union{}
	inputs := []*types.Stream{ch.in}
	var pipelines []*ir.Pipeline
	for _, ref := range st.With {
		rel, t, _ := ch.m.rel(ref)
		p := rel.Pipeline
		if p == nil {
			p = &ir.Pipeline{From: rel, Type: t, At: ref.Span}
		}
		if t.Broken {
			ch.broken()
		}
		inputs = append(inputs, t)
		pipelines = append(pipelines, p)
	}
	if ch.in.Broken {
		return
	}
	cols, ok := ch.unionColumns(st, inputs)
	if !ok {
		ch.broken()
		return
	}
	ch.leaveWaiting(st.Span)
	for i, p := range pipelines {
		inputs[i+1] = otherLeaves(p)
	}
	ch.project(alignTo(ch.in, cols, st.Span), st.Span)
	for i, p := range pipelines {
		r := alignTo(inputs[i+1], cols, p.At)
		t := *inputs[i+1]
		t.Columns = r.cols
		p.Stages = append(append([]*ir.Stage(nil), p.Stages...), &ir.Stage{Op: &ir.Project{Items: r.items}, Type: &t, At: p.At, Word: "union"})
		p.Type = &t
		op.With = append(op.With, p)
	}
	ch.add(op, ch.unionType(inputs, cols), st.Span)
}

// leaveWaiting takes rows that have waited for their window out of it, above a stage
// behind which there is none. Their bounds can still be read by that stage.
func (ch *chain) leaveWaiting(at source.Span) {
	if waited(ch.in.Window) {
		op, t := leftWaiting(ch.in)
		ch.add(op, t, at)
	}
}

func leftWaiting(in *types.Stream) (*ir.WindowNone, *types.Stream) {
	op, t := leftWindow(in)
	t.Columns = in.Columns
	return op, t
}

// otherLeaves is leaveWaiting for the rows of another pipeline; it gives their type.
func otherLeaves(p *ir.Pipeline) *types.Stream {
	if !waited(p.Type.Window) {
		return p.Type
	}
	op, t := leftWaiting(p.Type)
	p.Stages = append(append([]*ir.Stage(nil), p.Stages...), &ir.Stage{Op: op, Type: t, At: p.At, Word: "union"})
	return t
}

// unionType: time is the minimum of the inputs, and nothing is sure that is not
// sure of all.
func (ch *chain) unionType(inputs []*types.Stream, cols []types.Column) *types.Stream {
	return ch.with(func(t *types.Stream) {
		t.Columns, t.Window, t.Sizes, t.Periods, t.Named = cols, nil, nil, nil, nil
		for _, in := range inputs[1:] {
			t.Bounded = t.Bounded && in.Bounded
			t.Complete = t.Complete && in.Complete
			t.Delay = max(t.Delay, in.Delay)
			if in.Time == types.NoTime {
				t.Time = types.NoTime
			}
			if in.Name != t.Name {
				t.Name = ""
			}
		}
	})
}

// unionColumns finds the columns of the result, in the order of the first input.
func (ch *chain) unionColumns(st *ast.UnionStage, inputs []*types.Stream) ([]types.Column, bool) {
	first := inputs[0].Visible()
	ok := true
	out := make([]types.Column, len(first))
	copy(out, first)
	for i, in := range inputs[1:] {
		at := st.With[i].Span
		if in.Kind != types.Append || inputs[0].Kind != types.Append {
			ch.m.c.report("E0312", at, "a union of changes streams could hold two rows of one key", "").
				Fix(diag.Choose, "a log of the changes", "|> changes   (on each side)")
			return nil, false
		}
		if missing := columnsWithout(first, in.Visible()); len(missing) > 0 {
			ch.lacksColumns(at, "this", missing, first).
				Fix(diag.Choose, "give it a value", "(from "+oneLine(at.Text())+" |> extend "+missing[0]+" = ...)")
			ok = false
		}
		for j := range out {
			c, found := in.Column(out[j].Name)
			if !found {
				continue
			}
			if c.Type.Kind == types.Unknown || out[j].Type.Kind == types.Unknown {
				continue // reported where it came from
			}
			if !types.Equal(c.Type.NonNull(), out[j].Type.NonNull()) {
				ch.m.c.report("E0314", at, `"`+c.Name+`" is `+article(c.Type)+" on this side of the union and "+article(out[j].Type)+" on the other", "")
				ok = false
				continue
			}
			out[j].Type = out[j].Type.WithNull(out[j].Type.Nullable || c.Type.Nullable)
		}
		if extra := columnsWithout(in.Visible(), first); len(extra) > 0 {
			ch.lacksColumns(at, "the other", extra, first).
				Fix(diag.Choose, "leave it out", "(from "+oneLine(at.Text())+" |> drop "+strings.Join(extra, ", ")+")")
			ok = false
		}
	}
	return out, ok
}

// lacksColumns is E0314 for columns that one side of a union has and the other not.
func (ch *chain) lacksColumns(at source.Span, side string, names []string, first []types.Column) *diag.Diagnostic {
	what := "column "
	if len(names) > 1 {
		what = "columns "
	}
	d := ch.m.c.report("E0314", at, side+" side of the union has no "+what+quotedList(names), "this side")
	if len(ch.sources) > 0 && ch.sources[0].Known() {
		d.Label(ch.sources[0], "the other side starts here")
	}
	return d.Note(listed("the other side has: ", columnNames(first)))
}

// columnsWithout names the columns of a that b does not have.
func columnsWithout(a, b []types.Column) []string {
	var names []string
	for _, c := range a {
		if !hasColumn(b, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

func hasColumn(cols []types.Column, name string) bool {
	for _, c := range cols {
		if c.Name == name {
			return true
		}
	}
	return false
}

func columnNames(cols []types.Column) []string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return names
}

// alignTo is the projection that gives a stream the columns of a union.
func alignTo(in *types.Stream, cols []types.Column, at source.Span) *row {
	r := &row{}
	for _, c := range cols {
		have, _ := in.Column(c.Name)
		x, _ := convert(columnOf(have, at), c.Type)
		r.add(c.Name, x, false, at)
	}
	return r
}

// apply expands a pipe: its stages are checked here, with its parameters as values.
func (ch *chain) apply(st *ast.ApplyStage) {
	in, d, ok := ch.m.lookup(st.Pipe)
	pipe, isPipe := d.(*ast.PipeDecl)
	if !ok || !isPipe {
		dg := ch.m.c.report("E0203", st.Pipe.Span, `there is no pipe "`+st.Pipe.String()+`"`, "")
		var names []string
		for _, decl := range ch.m.order {
			if _, isPipe := decl.(*ast.PipeDecl); isPipe {
				names = append(names, decl.DeclHead().Name.Name)
			}
		}
		ch.m.c.suggest(dg, st.Pipe.Parts[len(st.Pipe.Parts)-1], names)
		ch.broken()
		return
	}
	for _, open := range ch.pipes {
		if open == pipe {
			ch.m.c.report("E0212", st.Span, `the pipe "`+pipe.Name.Name+`" applies itself`, "")
			ch.broken()
			return
		}
	}
	vars, ok := ch.pipeArgs(in, pipe, st)
	if !ok {
		ch.broken()
		return
	}
	before := len(ch.m.c.diags.Items)
	inner := *ch
	inner.m, inner.vars, inner.pipes = in, vars, append(append([]*ast.PipeDecl(nil), ch.pipes...), pipe)
	ch.m.c.within(pipe, func() { inner.run(pipe.Stages) })
	ch.in, ch.stages, ch.changesAt = inner.in, inner.stages, inner.changesAt
	for _, dg := range ch.m.c.diags.Items[before:] {
		dg.Label(st.Pipe.Span, `in pipe "`+pipe.Name.Name+`", applied here`)
	}
}

func (ch *chain) pipeArgs(in *module, pipe *ast.PipeDecl, st *ast.ApplyStage) (map[string]ir.Expr, bool) {
	names := make([]string, len(pipe.Params))
	for i, p := range pipe.Params {
		names[i] = p.Name.Name
	}
	call := &ast.CallExpr{At: st.At, Fn: &ast.Name{Ident: ast.Ident{At: st.Pipe.At, Name: st.Pipe.String()}}, Args: st.Args}
	args, ok := ch.m.scope(nil).args(call, names, false)
	if args == nil {
		ch.m.c.report("E0219", st.Span, `"`+pipe.Name.Name+`" takes (`+strings.Join(names, ", ")+")", "").Label(pipe.Name.Span, "declared here")
		return nil, false
	}
	vars := map[string]ir.Expr{}
	for i, p := range pipe.Params {
		t := in.resolve(p.Type, nil)
		switch {
		case args[i] != nil:
			s := ch.m.scope(nil)
			s.vars = ch.vars
			vars[p.Name.Name] = s.coerced(args[i], t, `"`+p.Name.Name+`"`)
		case p.Default != nil:
			vars[p.Name.Name] = in.scope(nil).coerced(p.Default, t, "the default")
		default:
			ch.m.c.report("E0219", st.Span, `"`+pipe.Name.Name+`" needs an argument "`+p.Name.Name+`"`, "").Label(p.Name.Span, "declared here without a default")
			ok = false
		}
	}
	return vars, ok
}

// target resolves `else -> t`. entered is the row type of the topic the rows came
// from, for targets that take them as they entered it; nil where that is not offered.
func (ch *chain) target(e *ast.Else, entered *types.Type) *ir.Target {
	if e.Target.String() == dropName {
		return &ir.Target{Drop: true}
	}
	t := ch.m.targetTopic(e.Target, ch.in)
	if t == nil {
		return &ir.Target{Drop: true}
	}
	row := (&types.Stream{Columns: ch.in.Visible()}).Row()
	fitsEntered := entered != nil && types.Equal(entered, t.Row)
	if !types.Equal(t.Row, ErrorRecord) && !fitsEntered && !rowFits(row, t.Row) {
		d := ch.m.c.report("E0319", e.Target.Span, `"`+t.Name+`" does not take these rows`, "")
		d.Note("rows here: " + types.RecordText(row.Fields)).Note("it takes:  " + types.RecordText(t.Row.Fields))
		d.Fix(diag.Choose, "records that say what was wrong", "topic "+t.Name+": ErrorRecord")
	}
	return &ir.Target{Topic: t.Name}
}

func rowFits(row, want *types.Type) bool {
	return row.Kind == types.Record && want.Kind == types.Record && recordWidens(row.NonNull(), want)
}

func (ch *chain) into(st *ast.IntoStage) {
	if ch.in.Broken {
		return
	}
	if d := ch.m.readsOwnTopic(st.Target, ch.in); d {
		ch.broken()
		return
	}
	t := ch.m.targetTopic(st.Target, ch.in)
	if t == nil {
		ch.broken()
		return
	}
	if !ch.m.acceptsKind(ch, t, st.Target.Span) || !ch.m.acceptsKey(ch, t, st.Target.Span) {
		ch.broken()
		return
	}
	items, ok := ch.m.topicRow(ch.in, t, st.Target.Span)
	if !ok {
		ch.broken()
		return
	}
	out := *t.Type // the stream is what was written (SEMANTICS 60)
	out.Kind, out.Bounded = ch.in.Kind, ch.in.Bounded
	if ch.in.Kind == types.Append {
		out.Key = ch.in.Key
	}
	ch.add(&ir.Into{Topic: t.Name, Items: items}, &out, st.Span)
}

// readsOwnTopic refuses a pipeline that feeds the topic it reads.
func (m *module) readsOwnTopic(target ast.Path, in *types.Stream) bool {
	if in.Topic == "" || m.prefix+target.String() != in.Topic {
		return false
	}
	m.c.report("E0212", target.Span, `this pipeline writes to "`+target.String()+`", which it reads`, "").
		Because("Every row would come round again without end.")
	return true
}

// acceptsKind is E0311: updates sent where rows can only be appended.
func (m *module) acceptsKind(ch *chain, t *ir.Topic, at source.Span) bool {
	if ch.in.Kind == types.Append || t.Upsert {
		return true
	}
	name := ch.name
	if name == "" {
		name = "this stream"
	}
	d := m.c.report("E0311", at, `"`+name+`" changes rows it has already sent, but the topic "`+t.Name+`" can only append`, `declared without "mode: upsert"`)
	if ch.changesAt.Known() {
		text := "becomes a changes stream here"
		if len(ch.in.Key) > 0 {
			text += ": a row replaces the earlier one of the same " + quotedList(ch.in.Key)
		}
		d.Label(ch.changesAt, text)
	}
	row := t.Row.Name
	if row == "" {
		row = "..."
	}
	visible, _ := visibleKey(ch.in)
	key := keyText(visible)
	if len(visible) == 0 {
		key = "..."
	}
	d.Fix(diag.Choose, "one final row per hour", "|> window tumbling 1h      (before the aggregate)").
		Fix(diag.Choose, "let readers see updates", "topic "+t.Name+": "+row+" { key: "+key+" mode: upsert }").
		Fix(diag.Choose, "send a log of the changes", `|> changes                 (before "into"; rows get op, before, after)`)
	return false
}

// topicRow computes a topic's row from a stream's columns, by name.
func (m *module) topicRow(in *types.Stream, t *ir.Topic, at source.Span) ([]ir.Item, bool) {
	if in.Broken || t.Type.Broken {
		return nil, false
	}
	if u := in.Union(); u != nil {
		return m.unionToTopic(in, t, at)
	}
	if t.Row.Kind == types.Union {
		return m.branchToTopic(in, t, at)
	}
	var items []ir.Item
	ok := true
	for _, f := range t.Row.Fields {
		c, found := in.Column(f.Name)
		if !found || c.Hidden {
			x := m.missingColumn(f, t, at)
			ok = ok && x != nil
			items = append(items, ir.Item{Name: f.Name, Expr: x})
			continue
		}
		x, fine := convert(columnOf(c, at), f.Type)
		if !fine {
			m.misfit(columnOf(c, at), f.Type, `"`+f.Name+`" of the topic "`+t.Name+`"`).
				Label(t.At, "the topic")
			ok = false
			continue
		}
		items = append(items, ir.Item{Name: f.Name, Expr: x})
	}
	return items, m.noExtraColumns(in, t, at) && ok
}

func (m *module) missingColumn(f types.Field, t *ir.Topic, at source.Span) ir.Expr {
	switch {
	case f.HasDef:
		return constOf(f.Type, f.Default, at)
	case f.Type.Nullable:
		return constOf(f.Type, nil, at)
	}
	m.c.report("E0316", at, `the topic "`+t.Name+`" needs a column "`+f.Name+`", and these rows have none`, "").
		Label(t.At, "the topic").
		Note("the topic takes: "+types.RecordText(t.Row.Fields)).
		Fix(diag.Choose, "compute it above", "|> extend "+f.Name+" = ...").
		Fix(diag.Choose, "let it be missing", f.Name+": "+f.Type.OrNull().String()+"   (in the schema)")
	return nil
}

func (m *module) noExtraColumns(in *types.Stream, t *ir.Topic, at source.Span) bool {
	var extra []string
	for _, c := range in.Visible() {
		if _, ok := t.Row.FieldNamed(c.Name); !ok {
			extra = append(extra, c.Name)
		}
	}
	if len(extra) == 0 {
		return true
	}
	m.c.report("E0315", at, `the topic "`+t.Name+`" has no column `+quotedList(extra), "").
		Label(t.At, "the topic").
		Note("the topic takes: "+types.RecordText(t.Row.Fields)).
		Fix(diag.Choose, "leave it out", "|> drop "+strings.Join(extra, ", "))
	return false
}

func (m *module) unionToTopic(in *types.Stream, t *ir.Topic, at source.Span) ([]ir.Item, bool) {
	u := in.Union()
	if t.Row.Kind == types.Union && types.Equal(t.Row, u) {
		return []ir.Item{{Name: types.UnionColumn, Expr: &ir.Column{Base: ir.Base{T: u, At: at}, Name: types.UnionColumn}}}, true
	}
	m.c.report("E0301", at, `the topic "`+t.Name+`" does not take rows of `+u.Name, "").Label(t.At, "the topic")
	return nil, false
}

// branchToTopic wraps rows as the branch of a union whose fields they have.
func (m *module) branchToTopic(in *types.Stream, t *ir.Topic, at source.Span) ([]ir.Item, bool) {
	for i, b := range t.Row.Branches {
		if b.Name != in.Name && !types.Equal(b, in.Row()) {
			continue
		}
		part := &ir.Topic{Name: t.Name, At: t.At, Row: b, Type: &types.Stream{}}
		items, ok := m.topicRow(in, part, at)
		if !ok {
			return nil, false
		}
		rec := &ir.MakeRecord{Base: ir.Base{T: b, At: at}}
		for _, it := range items {
			rec.Values = append(rec.Values, it.Expr)
		}
		x := &ir.MakeUnion{Base: ir.Base{T: t.Row, At: at}, X: rec, Branch: i}
		return []ir.Item{{Name: types.UnionColumn, Expr: x}}, true
	}
	m.c.report("E0301", at, `these rows are no branch of `+t.Row.Name+`, which the topic "`+t.Name+`" takes`, "").Label(t.At, "the topic")
	return nil, false
}
