package check

import (
	"slices"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// upserts checks `upserts by k delete when c`: the way from rows that come to a
// changes stream (SEMANTICS 79).
func (ch *chain) upserts(st *ast.UpsertStage) {
	s := ch.scope()
	var deletes ir.Expr
	if st.DeleteWhen != nil {
		deletes = s.condition(st.DeleteWhen, "delete when")
	}
	by, names, ok := ch.keys(st.By)
	if ch.in.Broken {
		return
	}
	word := firstWord(st.Span, "upserts")
	if ch.in.Kind == types.Changes {
		ch.m.c.report("E0312", word, "`upserts` makes a changes stream, and this stream is one already", "").
			Fix(diag.Choose, "leave it out", "").
			Fix(diag.Choose, "a log of the changes first", "|> changes |> upserts by ...")
		ok = false
	}
	if ch.in.Union() != nil {
		ch.unionRow(st.Span, "upserts")
		return
	}
	for i, name := range names {
		if c, found := ch.in.Column(name); name == "" || !found || c.Hidden {
			ch.m.c.report("E0317", by[i].Span(), "rows of a changes stream are identified by columns", "").
				Fix(diag.Choose, "make it a column above", "|> extend key = "+by[i].Span().Text()+" |> upserts by key")
			ok = false
		}
	}
	if !ok {
		ch.broken()
		return
	}
	ch.leaveWaiting(st.Span)
	ch.changesAt = word
	t := ch.with(func(t *types.Stream) {
		t.Kind, t.Key, t.Window, t.Columns = types.Changes, names, nil, withoutWindow(t.Columns)
		t.BoundText = ch.keyBound(names, 0)
	})
	ch.add(&ir.Upserts{By: by, DeleteWhen: deletes}, t, st.Span)
}

// expire checks `expire after d` (SEMANTICS 78).
func (ch *chain) expire(st *ast.TTLStage) {
	after, ok := ch.constants().duration(st.After, "expire after")
	if ch.in.Broken {
		return
	}
	word := firstWord(st.Span, "expire")
	switch {
	case ch.in.Kind != types.Changes:
		ch.m.c.report("E0312", word, "`expire` deletes rows of a changes stream, and this stream only appends", "").
			Because("Rows of an append stream are never taken back.").
			Fix(diag.Choose, "leave it out", "").
			Fix(diag.Choose, "one row for each key, the last", "|> upserts by ... |> expire after "+st.After.Pos().Text())
		ok = false
	case ch.in.Time == types.NoTime:
		ch.m.noTime(ch.in, word, "`expire`")
		ok = false
	case ok && after <= 0:
		ch.m.c.report("E0508", st.After.Pos(), "rows must be kept for longer than nothing", "")
		ok = false
	}
	if !ok {
		ch.broken()
		return
	}
	t := ch.with(func(t *types.Stream) { t.Forgets, t.BoundText = 0, ch.keyBound(ch.in.Key, after) })
	ch.add(&ir.Expire{After: after, Input: *ch.replaced()}, t, st.Span)
}

// boundNames are the visible columns that hold the bounds of the window after a
// projection.
func (ch *chain) boundNames(items []ir.Item) map[string]string {
	out := map[string]string{}
	for _, bound := range []string{types.WindowStart, types.WindowEnd, types.WindowNumber} {
		for _, it := range items {
			c, ok := it.Expr.(*ir.Column)
			if ok && !it.Hidden && (c.Name == bound || ch.in.Named[bound] != "" && c.Name == ch.in.Named[bound]) {
				out[bound] = it.Name
				break
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// visibleKey is the key of a changes stream in columns that its readers see; false
// where they do not see all of it. In a window of fixed size either bound tells which
// one it is.
func visibleKey(t *types.Stream) ([]string, bool) {
	var out []string
	start, end := "", ""
	inWindow := false
	for _, k := range t.Key {
		switch k {
		case types.WindowStart:
			start, inWindow = t.Named[k], true
		case types.WindowEnd:
			end, inWindow = t.Named[k], true
		case types.WindowNumber:
			if t.Named[k] == "" {
				return nil, false
			}
			out = append(out, t.Named[k])
		default:
			if c, ok := t.Column(k); !ok || c.Hidden {
				return nil, false
			}
			out = append(out, k)
		}
	}
	if !inWindow {
		return out, len(out) > 0
	}
	fixed := t.Window != nil && (t.Window.Kind == ir.WindowTumbling || t.Window.Kind == ir.WindowHopping || t.Window.Kind == ir.WindowSliding)
	switch {
	case start != "" && (fixed || end == ""):
		out = append(out, start)
	case start != "":
		out = append(out, start, end)
	case end != "":
		out = append(out, end)
	}
	return out, (start != "" || end != "") && (fixed || start != "" && end != "")
}

// acceptsKey checks that a topic keeps a row for each row of a changes stream.
func (m *module) acceptsKey(ch *chain, t *ir.Topic, at source.Span) bool {
	if ch.in.Kind != types.Changes || !t.Upsert || t.Implicit {
		return true
	}
	key, ok := visibleKey(ch.in)
	if ok && !slices.ContainsFunc(key, func(k string) bool { return indexOf(t.Key, k) < 0 }) {
		return true
	}
	name := ch.name
	if name == "" {
		name = "this stream"
	}
	d := m.c.report("E0351", at, `the topic "`+t.Name+`" keeps one row for each `+quotedList(t.Key)+`, and rows of "`+name+`" are not told apart by that`, "").
		Label(t.At, "its key")
	if ch.changesAt.Known() {
		d.Label(ch.changesAt, "becomes a changes stream here")
	}
	switch {
	case ok:
		d.Note("rows of the stream are told apart by "+quotedList(key)).
			Fix(diag.Choose, "the same key", "topic "+t.Name+": ... { key: "+keyText(key)+" mode: upsert }")
	case len(ch.in.Key) == 0:
		d.Because("Its rows have no key: a top of several rows has one only with `rank`.").
			Fix(diag.Choose, "name the place", "|> top ... rank place")
	default:
		d.Because("The window is part of what tells its rows apart.").
			Fix(diag.Choose, "make it a column", "|> extend minute = window.start")
	}
	return false
}

func keyText(key []string) string {
	if len(key) == 1 {
		return key[0]
	}
	return "[" + strings.Join(key, ", ") + "]"
}

// tableSettings checks `with { retain, serve }`, which only tables have.
func (m *module) tableSettings(d *ast.StreamDecl, st *ir.Stream) {
	if d.With == nil {
		return
	}
	if !d.Table {
		m.c.report("E0209", d.With.Span, "a stream has no settings", "").
			Because("`retain` and `serve` say how the rows of a table are kept.").
			Fix(diag.Choose, "a table", "table "+d.Name.Name+" with { ... } = ...")
		return
	}
	names := settingNames(tableSettings)
	for _, s := range d.With.Items {
		switch s.Name.Name {
		case "retain":
			m.tableRetain(s, st)
		case "serve":
			if st.Serve, _ = m.settingBool(s); st.Serve {
				m.c.warn("W0815", s.Span, `nothing asks for the rows of a table from outside in this version, so that "serve" has no effect`, "").
					Because("The program runs as without it; other streams of the program can read the table.").
					Fix(diag.Choose, "put its rows into a file", "sink ... from "+d.Name.Name+` to "rows.ndjson?changes=final"`)
			}
		default:
			m.c.suggest(m.c.report("E0209", s.Name.Span, `a table has no setting "`+s.Name.Name+`"`, ""), s.Name, names).
				Note(listed("settings: ", names))
		}
	}
}

func (m *module) tableRetain(s *ast.Setting, st *ir.Stream) {
	if n, ok := s.Value.(*ast.Name); ok && n.Name == "forever" {
		return
	}
	d, ok := m.duration(s.Value, "retain")
	t := st.Type()
	switch {
	case !ok || t.Broken:
	case d <= 0:
		m.c.report("E0508", s.Value.Pos(), "rows must be kept for longer than nothing", "")
	case t.Time == types.NoTime:
		m.noTime(t, s.Name.Span, "`retain`")
	default:
		end := *t
		end.Retain = d
		st.Pipeline.Type = &end
		if n := len(st.Pipeline.Stages); n > 0 {
			last := *st.Pipeline.Stages[n-1]
			last.Type = &end
			st.Pipeline.Stages[n-1] = &last
		}
	}
}

// checkStreamKey compares the key of a written stream type with the one found.
func (m *module) checkStreamKey(d *ast.StreamDecl, got *types.Stream) {
	if len(d.Type.Key) == 0 || got.Kind != types.Changes {
		return
	}
	var want []string
	at := d.Type.Key[0].Pos().Join(d.Type.Key[len(d.Type.Key)-1].Pos())
	for _, e := range d.Type.Key {
		p, ok := calleePath(e)
		if !ok {
			m.c.report("E0304", e.Pos(), "the key of a stream is made of columns", "")
			return
		}
		want = append(want, p.String())
	}
	key, ok := visibleKey(got)
	slices.Sort(want)
	found := slices.Sorted(slices.Values(key))
	if ok && slices.Equal(want, found) {
		return
	}
	dg := m.c.report("E0304", at, `the rows of "`+d.Name.Name+`" are not identified by `+quotedList(want), "declared").
		Label(lastStage(d).Pos(), "its last stage")
	if ok {
		dg.Fix(diag.Choose, "declare what it is", "key ["+strings.Join(key, ", ")+"]", diag.Edit{Span: at, Text: strings.Join(key, ", ")})
	}
}
