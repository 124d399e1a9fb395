package check

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

func (ch *chain) window(st *ast.WindowStage) {
	if st.Kind == ast.WindowNone {
		ch.windowNone(st)
		return
	}
	ch.intoWindow(st)
}

func (ch *chain) windowNone(st *ast.WindowStage) {
	op, t := leftWindow(ch.in)
	t.BoundText = ""
	ch.add(op, t, st.Span)
}

// leftWindow takes rows out of the windows they are in.
func leftWindow(in *types.Stream) (*ir.WindowNone, *types.Stream) {
	op, t := &ir.WindowNone{}, *in
	if w := in.Window; waited(w) {
		op.Kind = w.Kind
		if w.Waits {
			op.Waits = windowWaits(w)
		}
	}
	t.Window = nil
	if t.Kind == types.Append || !keyedByWindow(&t) { // else it still tells rows apart
		t.Columns = withoutWindow(t.Columns)
	}
	t.Lateness = 0 // SEMANTICS 33
	return op, &t
}

// isHeld reports windows that depend on the rows around them.
func isHeld(kind string) bool {
	return kind == ir.WindowSession || kind == ir.WindowSliding || kind == ir.WindowRows
}

// waited reports windows whose rows leave when they are complete, so that those of
// several that share rows do not come in order of time. In a window that is shown early
// rows have not waited.
func waited(w *types.Window) bool {
	if w == nil || isRefined(w) || w.Kind == ir.WindowRows && w.Emit != "final" {
		return false
	}
	return w.Kind == ir.WindowSession || w.Kind == ir.WindowSliding || w.Kind == ir.WindowRows
}

// windowWaits is how long after its end a window is settled. A sliding window holds
// the rows at its end too, so that the watermark must have passed it. One that a stage
// above has waited for is settled at its end.
func windowWaits(w *types.Window) time.Duration {
	switch {
	case w.Settled:
		return 0
	case w.Kind == ir.WindowSliding:
		return time.Microsecond
	}
	return w.Lateness
}

// keyedByWindow tells that the window is part of what identifies rows.
func keyedByWindow(t *types.Stream) bool {
	return indexOf(t.Key, types.WindowStart) >= 0 || indexOf(t.Key, types.WindowNumber) >= 0
}

func withoutWindow(cols []types.Column) []types.Column {
	var out []types.Column
	for _, c := range cols {
		if c.Name != types.WindowStart && c.Name != types.WindowEnd && c.Name != types.WindowNumber {
			out = append(out, c)
		}
	}
	return out
}

func (ch *chain) intoWindow(st *ast.WindowStage) {
	if ch.in.Broken {
		return
	}
	if !ch.windowInput(st) {
		ch.broken()
		return
	}
	op := &ir.Window{Kind: st.Kind.String(), Emit: "final", Processing: st.Processing, Input: ch.replaced()}
	if takesLateness(st) {
		op.Lateness = ch.in.Lateness
	}
	ok := ch.windowSize(st, op)
	ok = ch.windowOptions(st, op) && ok
	fill, keep, okFill := ch.windowFill(st)
	if !ok || !okFill {
		ch.broken()
		return
	}
	// A row that stands in an open window is known while it is.
	ch.settleKeys(st.Span, time.Duration(mostMicros(op.Size))*time.Microsecond+op.Lateness)
	if ch.in.Window != nil {
		ch.windowNone(&ast.WindowStage{At: st.At})
	}
	if st.Processing {
		ch.byClock(st)
	} else if ch.in.Delay == 0 && !ch.in.Complete && ch.in.Topic != "" && st.Kind != ast.WindowRows {
		ch.warnNoDelay(st)
	}
	op.Passes = isHeld(op.Kind) && op.Emit != "final"
	if op.EmitEvery > 0 && ch.in.Time == types.NoTime && !st.Processing {
		ch.m.noTime(ch.in, st.EmitSpan.Span, "`every`")
		ch.broken()
		return
	}
	w := &types.Window{
		Kind: op.Kind, Size: op.Size, Every: op.Every, Offset: op.Offset, Zone: op.Zone, Gap: op.Gap, Max: op.Max,
		Rows: op.Rows, RowsEvery: op.RowsEvery, Per: op.Per, Lateness: op.Lateness, Emit: op.Emit, EmitEvery: op.EmitEvery,
		Processing: op.Processing, Fill: fill, FillKeep: keep,
		Waits: isHeld(op.Kind),
	}
	if op.From != nil {
		w.From, w.To = oneLine(st.From.Pos().Text()), oneLine(st.To.Pos().Text())
	}
	t := ch.with(func(t *types.Stream) {
		t.Window = w
		t.BoundText = windowBoundText(w)
		t.Columns = append(append([]types.Column(nil), t.Columns...),
			types.Column{Name: types.WindowStart, Type: types.TTimestamp, Hidden: true},
			types.Column{Name: types.WindowEnd, Type: types.TTimestamp, Hidden: true})
		if op.Input != nil {
			t.BoundText = openRows(ch.keyBound(ch.in.Key, 0))
			if len(t.Key) > 0 { // a row is one row for each of its windows
				t.Key = append(append([]string(nil), t.Key...), types.WindowStart, types.WindowEnd)
			}
		}
	})
	ch.add(op, t, st.Span)
}

// byClock gives rows the moment they came as their time.
func (ch *chain) byClock(st *ast.WindowStage) {
	t := ch.with(func(t *types.Stream) {
		t.Time, t.TimeOf, t.Delay, t.Complete, t.Lateness = types.ProcessingTime, "", 0, false, 0
	})
	ch.add(&ir.Clock{}, t, st.Span)
}

// windowBoundText is how many rows a window stage itself holds, "" for none.
func windowBoundText(w *types.Window) string {
	groups := ""
	if len(w.Per) > 0 {
		groups = "|" + strings.Join(w.Per, ", ") + "| x "
	}
	switch w.Kind {
	case ir.WindowSession:
		if w.Emit != "final" {
			return ""
		}
		return groups + "rows of an open session"
	case ir.WindowSliding:
		return groups + "rows of " + durationText(time.Duration(w.Size.Micros)*time.Microsecond)
	case ir.WindowRows:
		if w.Emit != "final" && groups == "" {
			return ""
		}
		if w.Emit != "final" {
			return "infinity (a number for each " + strings.Join(w.Per, ", ") + ", kept forever)"
		}
		return groups + strconv.FormatInt(w.Rows, 10) + " rows"
	}
	return ""
}

// whole puts a stage of a bounded input into one window of all rows: its answer is
// then final instead of refined row by row. done leaves the window again.
func (ch *chain) whole(at source.Span) (done func()) {
	if ch.in.Window != nil || !ch.in.Bounded || ch.in.Kind != types.Append || ch.in.Broken {
		return func() {}
	}
	t := ch.with(func(t *types.Stream) {
		t.Window = &types.Window{Kind: ir.WindowWhole, Emit: "final"}
		t.Columns = append(append([]types.Column(nil), t.Columns...),
			types.Column{Name: types.WindowStart, Type: types.TTimestamp, Hidden: true},
			types.Column{Name: types.WindowEnd, Type: types.TTimestamp, Hidden: true})
	})
	ch.add(&ir.Window{Kind: ir.WindowWhole, Emit: "final"}, t, at)
	return func() {
		if ch.in.Broken {
			return
		}
		bound := ch.in.BoundText
		ch.windowNone(&ast.WindowStage{At: ast.At{Span: at}})
		ch.in.Time, ch.in.BoundText = types.NoTime, bound
	}
}

// windowInput checks that the stream can be put into windows.
func (ch *chain) windowInput(st *ast.WindowStage) bool {
	word := st.Span
	word.End = min(word.End, word.Start+len("window"))
	if ch.in.Kind == types.Changes && !ch.changesInWindow(st, word) {
		return false
	}
	if ch.in.Time == types.NoTime && !st.Processing && st.Kind != ast.WindowRows {
		d := ch.m.noTime(ch.in, word, "a window")
		if d != nil && st.Kind != ast.Span {
			end := after(windowSizeEnd(st))
			d.Fix(diag.Choose, "use the moment a row comes", "|> window "+oneLine(st.KindSpan.Span.Join(end).Text())+" on processing time", diag.Edit{Span: end, Text: " on processing time"})
		}
		return false
	}
	return true
}

// changesInWindow reports windows that cannot hold rows which change (TYPES 4.5).
func (ch *chain) changesInWindow(st *ast.WindowStage, word source.Span) bool {
	var d *diag.Diagnostic
	switch {
	case st.Processing || st.Kind == ast.WindowRows:
		d = ch.m.c.report("E0312", word, "only windows in event time take rows of a changes stream, and this stream changes rows it has already sent", "").
			Because(movesWindows(st))
	case ch.in.Window != nil || keyedByWindow(ch.in):
		d = ch.m.c.report("E0312", word, "rows of this changes stream belong to a window already, so that another one cannot take them", "")
	case st.Emit == ast.EmitDefault || st.Emit == ast.EmitFinal:
		d = ch.m.c.report("E0312", word, "a window that gives final results needs rows that stay as they are, and this stream changes rows it has already sent", "")
		at := st.Span
		at.Start = at.End
		if st.Emit == ast.EmitDefault {
			d.Fix(diag.Choose, "results that follow the changes", oneLine(st.Span.Text())+" emit updates", diag.Edit{Span: at, Text: " emit updates"})
		}
	default:
		return true
	}
	if ch.changesAt.Known() {
		d.Label(ch.changesAt, "becomes a changes stream here")
	}
	d.Fix(diag.Choose, "put the window first", "|> window ... |> aggregate ...").
		Fix(diag.Choose, "a log of the changes", "|> changes |> window ...")
	return false
}

// movesWindows is why windows of a kind cannot hold rows that are taken back.
func movesWindows(st *ast.WindowStage) string {
	switch {
	case st.Processing:
		return "By the clock a row has no place of its own: the change that takes it back comes in another window."
	case st.Kind == ast.WindowRows:
		return "It counts rows as they come: one that is taken back would move every row after it into another window."
	}
	return ""
}

// noTime is E0503; nil where its cause has been reported already.
func (m *module) noTime(in *types.Stream, word source.Span, what string) *diag.Diagnostic {
	name := in.Topic
	if name == "" {
		name = "this stream"
	}
	if m.brokenTime(in.Topic) {
		return nil // it has been said there
	}
	d := m.c.report("E0503", word, what+` needs to know when each row happened, and "`+name+`" does not say`, "")
	topic := m.topicDecl(in.Topic)
	column, several := timestampColumn(in), timestampColumns(in) > 1
	if topic != nil {
		text := `no "time:" here`
		if column != "" {
			text += "; " + rowName(in) + ` has a timestamp column, "` + column + `"`
		}
		d.Label(topic.Name.Span, text)
	}
	if column != "" && topic != nil {
		confidence := diag.Apply
		if several {
			confidence = diag.Choose
		}
		preview, edit := timeSetting(topic, column)
		d.Fix(confidence, "use the column", preview, edit)
	} else if topic != nil {
		d.Fix(diag.Choose, "say which column it is", "topic "+name+" ... { time: ... }")
	}
	when := instantOf(in)
	var edits []diag.Edit
	if when != "" {
		edits = append(edits, stageAbove(word, "time "+when+" watermark 10s"))
	}
	d.Fix(diag.Choose, "set it here", "|> time "+orDots(when)+" watermark 10s", edits...)
	return d
}

// brokenTime reports a topic whose `time:` is none that it can use.
func (m *module) brokenTime(name string) bool {
	decl := m.topicDecl(name)
	return decl != nil && hasSetting(decl.Settings, "time") &&
		slices.ContainsFunc(m.c.prog.Topics, func(t *ir.Topic) bool { return t.Name == name && t.Time == nil })
}

// timeSetting is the edit that names the column of event time in a topic, and the
// topic as it then reads.
func timeSetting(d *ast.TopicDecl, column string) (string, diag.Edit) {
	at := d.Span
	edit := diag.Edit{Text: " { time: " + column + " }"}
	if d.Settings == nil {
		at.Start = at.End
	} else {
		at = d.Settings.Span
		at.End = max(at.Start, at.End-1)
		at.Start += len(strings.TrimRight(at.Text(), " \t\n"))
		at.End = at.Start
		edit.Text = " time: " + column
		if len(d.Settings.Items) == 0 {
			edit.Text += " "
		}
	}
	edit.Span = at
	before, after := d.Span, d.Span
	before.End, after.Start = at.Start, at.End
	return oneLine(before.Text() + edit.Text + after.Text()), edit
}

func orDots(s string) string {
	if s == "" {
		return "..."
	}
	return s
}

func rowName(in *types.Stream) string {
	if in.Name == "" {
		return "the row"
	}
	return in.Name
}

func timestampColumns(in *types.Stream) int {
	n := 0
	for _, c := range in.Visible() {
		if c.Type.Kind == types.Timestamp {
			n++
		}
	}
	return n
}

func timestampColumn(in *types.Stream) string {
	for _, c := range in.Visible() {
		if c.Type.Kind == types.Timestamp {
			return c.Name
		}
	}
	return ""
}

func (ch *chain) warnNoDelay(st *ast.WindowStage) {
	topic := ch.m.topicDecl(ch.in.Topic)
	if topic == nil || hasSetting(topic.Settings, "watermark") || topic.From != nil {
		return
	}
	word := st.Span
	word.End = min(word.End, word.Start+len("window"))
	ch.m.c.warn("W0804", word, `rows of "`+ch.in.Topic+`" that come out of order will be late for this window`, "").
		Label(topic.Name.Span, `no "watermark:" here, so it is 0s`).
		Because("A window closes when the watermark passes its end; a row after that is late.").
		Fix(diag.Choose, "wait for rows up to 10 seconds out of order", "watermark: 10s").
		Fix(diag.Choose, "they cannot be out of order", "watermark: 0s").
		Fix(diag.Choose, "the input is a file: wait for all of it", "watermark: complete")
}

func hasSetting(s *ast.Settings, name string) bool {
	if s == nil {
		return false
	}
	for _, item := range s.Items {
		if item.Name.Name == name {
			return true
		}
	}
	return false
}
