package check

import (
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

func (ch *chain) window(st *ast.WindowStage) {
	switch st.Kind {
	case ast.Tumbling, ast.Hopping:
		ch.timeWindow(st)
	case ast.WindowNone:
		ch.windowNone(st)
	case ast.Cumulative, ast.Sliding, ast.Session, ast.Span, ast.WindowRows:
		ch.m.c.report("E0904", st.KindSpan.Span, st.Kind.String()+" windows cannot be run yet", "").
			Because("This version runs tumbling and hopping windows; it refuses the others rather than ignore them.")
		ch.broken()
	}
}

func (ch *chain) windowNone(st *ast.WindowStage) {
	t := ch.with(func(t *types.Stream) {
		t.Window = nil
		t.Columns = withoutWindow(t.Columns)
		t.Lateness = 0 // SEMANTICS 33
	})
	ch.add(&ir.WindowNone{}, t, st.Span)
}

func withoutWindow(cols []types.Column) []types.Column {
	var out []types.Column
	for _, c := range cols {
		if c.Name != types.WindowStart && c.Name != types.WindowEnd {
			out = append(out, c)
		}
	}
	return out
}

func (ch *chain) timeWindow(st *ast.WindowStage) {
	if ch.in.Broken {
		return
	}
	if !ch.windowInput(st) {
		ch.broken()
		return
	}
	op := &ir.Window{Kind: st.Kind.String(), Emit: "final", Lateness: ch.in.Lateness}
	ok := ch.windowSize(st, op)
	ok = ch.windowOptions(st, op) && ok
	if !ok {
		ch.broken()
		return
	}
	if ch.in.Window != nil {
		ch.windowNone(&ast.WindowStage{At: st.At})
	}
	if ch.in.Delay == 0 && !ch.in.Complete && ch.in.Topic != "" {
		ch.warnNoDelay(st)
	}
	w := &types.Window{Kind: op.Kind, Size: op.Size, Every: op.Every, Offset: op.Offset, Zone: op.Zone, Per: op.Per, Lateness: op.Lateness, Emit: op.Emit}
	t := ch.with(func(t *types.Stream) {
		t.Window = w
		t.Columns = append(append([]types.Column(nil), t.Columns...),
			types.Column{Name: types.WindowStart, Type: types.TTimestamp, Hidden: true},
			types.Column{Name: types.WindowEnd, Type: types.TTimestamp, Hidden: true})
	})
	ch.add(op, t, st.Span)
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
	if st.Processing {
		ch.m.c.report("E0914", st.OnSpan.Span, "windows on processing time cannot be run yet", "").
			Because("This version runs windows on the time in the rows; it refuses the others rather than ignore them.").
			Fix(diag.Choose, "use the time in the rows", "leave it out")
		return false
	}
	word := st.Span
	word.End = min(word.End, word.Start+len("window"))
	if ch.in.Kind == types.Changes {
		d := ch.m.c.report("E0312", word, "a window needs rows that stay as they are, and this stream changes rows it has already sent", "")
		if ch.changesAt.Known() {
			d.Label(ch.changesAt, "becomes a changes stream here")
		}
		d.Fix(diag.Choose, "put the window first", "|> window ... |> aggregate ...").
			Fix(diag.Choose, "a log of the changes", "|> changes |> window ...")
		return false
	}
	if ch.in.Time == types.NoTime {
		ch.m.noTime(ch.in, word, "a window")
		return false
	}
	return true
}

// noTime is E0503.
func (m *module) noTime(in *types.Stream, word source.Span, what string) {
	name := in.Topic
	if name == "" {
		name = "this stream"
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
	d.Fix(diag.Choose, "set it here", "|> time "+orDots(column)+" watermark 10s")
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

func (ch *chain) windowSize(st *ast.WindowStage, op *ir.Window) bool {
	size, ok := ch.constants().length(st.Size, "the size of a window")
	if !ok {
		return false
	}
	op.Size = size
	if lengthSign(size) <= 0 {
		ch.m.c.report("E0508", st.Size.Pos(), "a window must be longer than nothing", "")
		return false
	}
	if st.Kind != ast.Hopping {
		return true
	}
	op.Every, ok = ch.constants().length(st.Every, "the step of a window")
	if !ok {
		return false
	}
	if lengthSign(op.Every) <= 0 {
		ch.m.c.report("E0508", st.Every.Pos(), "the step of a window must be longer than nothing", "")
		return false
	}
	return ch.checkHop(st, op)
}

// roundLengths are the lengths people choose, in microseconds.
var roundLengths = []struct {
	micros int64
	text   string
}{
	{1e6, "1s"}, {5e6, "5s"}, {10e6, "10s"}, {15e6, "15s"}, {20e6, "20s"}, {30e6, "30s"},
	{60e6, "1m"}, {120e6, "2m"}, {180e6, "3m"}, {240e6, "4m"}, {300e6, "5m"}, {360e6, "6m"}, {600e6, "10m"},
	{720e6, "12m"}, {900e6, "15m"}, {1200e6, "20m"}, {1800e6, "30m"},
	{3600e6, "1h"}, {7200e6, "2h"}, {10800e6, "3h"}, {14400e6, "4h"}, {21600e6, "6h"}, {28800e6, "8h"}, {43200e6, "12h"},
	{dayMicros, "1d"},
}

// nearestDivisor is the round length that divides the whole and is nearest to a part.
func nearestDivisor(whole, part int64) string {
	best, text := int64(-1), "..."
	for _, l := range roundLengths {
		distance := max(l.micros-part, part-l.micros)
		if whole%l.micros == 0 && (best < 0 || distance < best) {
			best, text = distance, l.text
		}
	}
	return text
}

func (ch *chain) checkHop(st *ast.WindowStage, op *ir.Window) bool {
	size, step := roughMicros(op.Size), roughMicros(op.Every)
	if step > size {
		ch.m.c.report("E0508", st.Every.Pos(), "a step longer than the window would leave rows in no window", "").
			Label(st.Size.Pos(), "the window").
			Fix(diag.Choose, "windows without overlap", "window tumbling "+st.Every.Pos().Text())
		return false
	}
	if size%step != 0 {
		ch.m.c.warn("W0803", st.Every.Pos(), "a step of "+st.Every.Pos().Text()+" does not divide a window of "+st.Size.Pos().Text(), "").
			Label(st.Size.Pos(), "the window").
			Because("Window ends will not line up with window starts.").
			Fix(diag.Choose, "a step that divides it", "every "+nearestDivisor(size, step))
	}
	return true
}

// windowOptions checks the options; false when one is wrong.
func (ch *chain) windowOptions(st *ast.WindowStage, op *ir.Window) bool {
	ok := ch.windowPer(st, op) && ch.windowZone(st, op)
	if st.Offset != nil {
		var fine bool
		op.Offset, fine = ch.constants().length(st.Offset, "the offset of a window")
		ok = ok && fine
	}
	if st.Lateness != nil {
		d, fine := ch.constants().duration(st.Lateness, "lateness")
		op.Lateness, ok = d, ok && fine
	}
	op.LateTo, op.LateIsTopicDefined = ch.lateTarget(st)
	if st.Fill != ast.FillOff {
		ch.m.c.report("E0913", fromWord(st.Span, "fill"), "`fill` cannot be run yet", "").
			Because("This version gives no row for a window in which nothing happened; it refuses `fill` rather than ignore it.")
		ok = false
	}
	return ch.windowEmit(st, op) && ok
}

func (ch *chain) windowPer(st *ast.WindowStage, op *ir.Window) bool {
	for _, e := range st.Per {
		name, ok := e.(*ast.Name)
		if !ok {
			ch.m.c.report("E0317", e.Pos(), "`per` lists columns; compute others with `let` above", "")
			return false
		}
		if isUnknown(ch.scope().expr(name, nil)) {
			return false
		}
		op.Per = append(op.Per, name.Name)
	}
	return true
}

// windowZone settles whether boundaries are local (SEMANTICS 18, 19).
func (ch *chain) windowZone(st *ast.WindowStage, op *ir.Window) bool {
	calendar := op.Size.Months > 0 || op.Size.Days > 0 || op.Every.Months > 0 || op.Every.Days > 0 || op.Size.Micros >= dayMicros
	switch {
	case st.Zone != nil:
		if !ch.m.checkZone(st.Zone) {
			return false
		}
		op.Zone = st.Zone.Value
	case calendar && ch.m.zone != "":
		op.Zone = ch.m.zone
	case calendar:
		ch.m.c.report("E0507", st.Size.Pos(), "a window of whole days needs a time zone", "whose midnight?").
			Note("2026-03-28T23:30Z is 28 March in London and 29 March in Helsinki").
			Fix(diag.Choose, "here", "window "+st.Kind.String()+" "+st.Size.Pos().Text()+` zone "Europe/Helsinki"`).
			Fix(diag.Choose, "for this file", `module main timezone "Europe/Helsinki"`)
		return false
	}
	step := op.Size
	if st.Kind == ast.Hopping {
		step = op.Every
	}
	if op.Zone != "" && step.Months == 0 && step.Days == 0 && step.Micros > 0 && dayMicros%step.Micros != 0 {
		ch.m.c.report("E0510", st.Size.Pos(), "a local window shorter than a day must divide 24 hours", "").
			Because("Its boundaries are local times of day that are multiples of its size.").
			Fix(diag.Choose, "one that does", nearestDivisor(dayMicros, step.Micros)).
			Fix(diag.Choose, "one window after the other, whatever the clocks show", "leave the zone out")
		return false
	}
	return true
}

// lateTarget is where late rows go: the stage's own target, else the topic's.
func (ch *chain) lateTarget(st *ast.WindowStage) (*ir.Target, bool) {
	if st.LateTo != nil {
		return ch.target(st.LateTo, ch.m.sourceRow(ch.in.Topic)), false
	}
	if ch.in.LateTo == "" {
		return nil, false
	}
	if ch.in.LateTo == dropName {
		return &ir.Target{Drop: true}, true
	}
	return &ir.Target{Topic: ch.in.LateTo}, true
}

func (ch *chain) windowEmit(st *ast.WindowStage, op *ir.Window) bool {
	switch st.Emit {
	case ast.EmitDefault, ast.EmitFinal:
		return true
	case ast.EmitUpdates:
		op.Emit = "updates"
	case ast.EmitEarly:
		op.Emit = "early"
	}
	if st.EmitEvery == nil {
		return true
	}
	d, ok := ch.constants().duration(st.EmitEvery, "every")
	if ok && d <= 0 {
		ch.m.c.report("E0508", st.EmitEvery.Pos(), "`every` must be longer than nothing", "")
		return false
	}
	op.EmitEvery = d
	return ok
}

func lengthSign(l types.Length) int64 { return roughMicros(l) }

// roughMicros compares lengths; a month counts as 30 days.
func roughMicros(l types.Length) int64 {
	return l.Micros + (int64(l.Days)+30*int64(l.Months))*dayMicros
}

// constants is the scope of values that must be known before the program runs:
// constants, params, and the parameters of pipes being applied.
func (ch *chain) constants() *scope {
	s := ch.m.scope(nil)
	s.vars, s.row, s.alias = ch.vars, ch.in, ch.alias
	return s
}

// length evaluates a constant duration or period.
func (s *scope) length(e ast.Expr, what string) (types.Length, bool) {
	if lit, ok := unparen(e).(*ast.DurationLit); ok {
		l, _, err := parseLength(lit.Text)
		if err != nil {
			s.m.c.report("E0323", e.Pos(), err.Error(), "")
		}
		return wholeDays(l), err == nil
	}
	x := s.expr(e, types.TDuration)
	v, ok := s.m.c.evalConst(x)
	switch v := v.(type) {
	case int64:
		if x.Type().Kind == types.Duration {
			return wholeDays(types.Length{Micros: v}), true
		}
	case types.Per:
		return types.Length{Months: v.Months, Days: v.Days}, true
	}
	s.m.notDuration(x, ok, what, e)
	return types.Length{}, false
}

// wholeDays writes 24h as the day it is: sizes of a day and more are calendar days,
// however they are written (SEMANTICS 18).
func wholeDays(l types.Length) types.Length {
	if l.Micros != 0 && l.Micros%dayMicros == 0 {
		l.Days, l.Micros = l.Days+int(l.Micros/dayMicros), 0
	}
	return l
}

func (m *module) notDuration(x ir.Expr, known bool, what string, e ast.Expr) {
	if isUnknown(x) {
		return
	}
	if p, ok := x.(*ir.Param); ok && !known {
		m.c.report("E0317", e.Pos(), what+` must be known before the program runs, and the param "`+p.Name+`" has no default`, "").
			Fix(diag.Choose, "give it one", "param "+p.Name+": "+p.T.String()+" = 1h")
		return
	}
	if !known {
		m.c.report("E0317", e.Pos(), what+" must be known before the program runs", "").
			Because("Constants, and params without a row's data, are known then.")
		return
	}
	d := m.c.report("E0509", e.Pos(), what+" is a duration, and this is "+article(x.Type()), "")
	if x.Type().IsInteger() {
		text := e.Pos().Text()
		d.Fix(diag.Choose, "seconds", text+"s").Fix(diag.Choose, "minutes", text+"m")
	} else {
		d.Note("durations: 250ms  10s  5m  1h30m  1d")
	}
}

// duration evaluates a constant exact duration.
func (m *module) duration(e ast.Expr, what string) (time.Duration, bool) {
	return m.scope(nil).duration(e, what)
}

func (s *scope) duration(e ast.Expr, what string) (time.Duration, bool) {
	l, ok := s.length(e, what)
	if !ok {
		return 0, false
	}
	if l.Months > 0 {
		s.m.c.report("E0509", e.Pos(), what+" needs an exact duration; a month has no fixed length", "").
			Fix(diag.Choose, "30 days", "30d")
		return 0, false
	}
	micros := l.Micros + int64(l.Days)*dayMicros
	if micros > int64(1<<63-1)/1000 {
		s.m.c.report("E0323", e.Pos(), "this duration is too long", "")
		return 0, false
	}
	return time.Duration(micros) * time.Microsecond, true
}

// constInt evaluates a constant whole number.
func (m *module) constInt(e ast.Expr) (int64, bool) {
	return m.scope(nil).constInt(e)
}

func (s *scope) constInt(e ast.Expr) (int64, bool) {
	x := s.expr(e, types.TLong)
	v, _ := s.m.c.evalConst(x)
	n, ok := v.(int64)
	return n, ok && x.Type().IsInteger()
}

// checkZone reports a zone the time zone database does not have.
func (m *module) checkZone(lit *ast.StringLit) bool {
	if _, err := time.LoadLocation(lit.Value); err == nil && lit.Value != "" && lit.Value != "Local" {
		return true
	}
	m.c.report("E0223", lit.Span, `there is no time zone "`+lit.Value+`"`, "").
		Note(`zones have names such as "Europe/Helsinki", "America/New_York" or "UTC"`)
	return false
}
