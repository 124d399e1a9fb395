package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/cron"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// schedule checks `schedule s every d at t zone z { ... }`.
func (m *module) schedule(d *ast.ScheduleDecl) {
	s := &ir.Schedule{Name: m.prefix + d.Name.Name, At: d.Name.Span}
	ok := m.scheduleZone(d, s)
	if d.Cron != nil {
		s.Cron = d.Cron.Value
		if _, err := cron.Parse(s.Cron); err != nil {
			m.c.report("E0515", d.Cron.Span, err.Error(), "").
				Note(`"0 6 * * MON-FRI" is six o'clock on working days, "*/15 * * * *" every quarter of an hour`)
			ok = false
		}
	} else {
		ok = m.scheduleEvery(d, s) && ok
	}
	for _, a := range d.Acts {
		act := ir.ScheduleAct{At: a.Span}
		switch {
		case a.Emit != nil:
			act.Emit = m.scheduleEmit(a.Emit)
		case a.Snapshot != nil:
			act.Snapshot = m.scheduleSnapshot(a.Snapshot)
		case a.Run != nil:
			m.c.report("E0908", a.Span, "`run` cannot be run yet", "").
				Because("This version reads and formats it, but does not carry it out; it refuses it rather than ignore it.")
		}
		if act.Emit != nil || act.Snapshot != nil {
			s.Acts = append(s.Acts, act)
		}
	}
	if ok {
		m.c.prog.Schedules = append(m.c.prog.Schedules, s)
	}
}

// scheduleZone settles which clock a schedule goes by: its own, else the module's,
// else UTC.
func (m *module) scheduleZone(d *ast.ScheduleDecl, s *ir.Schedule) bool {
	if s.Zone = m.zone; d.Zone == nil {
		return true
	}
	s.Zone = d.Zone.Value
	return m.checkZone(d.Zone)
}

func (m *module) scheduleEvery(d *ast.ScheduleDecl, s *ir.Schedule) bool {
	sc := m.scope(nil)
	var ok bool
	if s.Every, ok = sc.length(d.Every, "`every`"); !ok {
		return false
	}
	if lengthSign(s.Every) <= 0 {
		m.c.report("E0508", d.Every.Pos(), "a schedule must wait for longer than nothing", "")
		return false
	}
	calendar := s.Every.Months > 0 || s.Every.Days > 0
	switch {
	case calendar && s.Zone == "":
		m.c.report("E0507", d.Every.Pos(), "a schedule of whole days needs a time zone", "whose midnight?").
			Fix(diag.Choose, "here", "zone \"Europe/Helsinki\"").
			Fix(diag.Choose, "for this file", `module main timezone "Europe/Helsinki"`)
		return false
	case calendar && s.Every.Micros > 0 || s.Every.Months > 0 && s.Every.Days > 0:
		m.c.report("E0510", d.Every.Pos(), "a schedule is every so many months, days, or parts of a day", "")
		return false
	case !calendar && d.Zone == nil && d.At == nil:
		s.Zone = "" // a length that is the same on every clock
	case !calendar && dayMicros%s.Every.Micros != 0:
		m.c.report("E0510", d.Every.Pos(), "a local schedule shorter than a day must divide 24 hours", "").
			Fix(diag.Choose, "one that does", "every "+nearestDivisor(dayMicros, s.Every.Micros))
		return false
	}
	if d.At == nil {
		return true
	}
	x := sc.coerced(d.At, types.TTime, "`at`")
	v, known := m.c.evalConst(x)
	at, isTime := v.(int64)
	if isUnknown(x) {
		return false
	}
	if !known || !isTime {
		m.notConstant(d.At, "`at`")
		return false
	}
	s.From = types.Length{Micros: at}
	return true
}

// scheduleEmit checks `emit Row(...) to topic`; nil after a report.
func (m *module) scheduleEmit(e *ast.EmitAct) *ir.ScheduleEmit {
	in, decl, ok := m.lookup(e.To)
	topic, isTopic := decl.(*ast.TopicDecl)
	if !ok || !isTopic {
		rep := m.c.report("E0201", e.To.Span, `there is no topic "`+e.To.String()+`" to write into`, "")
		m.c.suggest(rep, e.To.Parts[len(e.To.Parts)-1], m.topicNames())
		return nil
	}
	t := in.topic(topic)
	if t.Type.Broken {
		return nil
	}
	call, ok := e.Value.(*ast.CallExpr)
	if !ok {
		m.c.report("E0301", e.Value.Pos(), "a row is written with the name of its schema", "").Note("such as " + orDots(t.Row.Name) + "(...)")
		return nil
	}
	name, _ := calleePath(call.Fn)
	row, branch := t.Row, -1
	if t.Row.Kind == types.Union {
		if branch = t.Row.Branch(lastPart(name)); branch >= 0 {
			row = t.Row.Branches[branch]
		}
	}
	if row.Kind != types.Record || row.Name != "" && row.Name != lastPart(name) {
		m.c.report("E0301", call.Fn.Pos(), `the topic "`+t.Name+`" takes rows of `+t.Row.String()+`, and this is "`+name.String()+`"`, "").Label(t.At, "the topic")
		return nil
	}
	values, ok := m.emitted(call, row, t)
	if !ok {
		return nil
	}
	out := &ir.ScheduleEmit{Topic: t.Name}
	if branch < 0 {
		for i, f := range row.Fields {
			out.Items = append(out.Items, ir.Item{Name: f.Name, Expr: values[i]})
		}
		return out
	}
	rec := &ir.MakeRecord{Base: ir.Base{T: row, At: call.Span}, Values: values}
	union := &ir.MakeUnion{Base: ir.Base{T: t.Row, At: call.Span}, X: rec, Branch: branch}
	out.Items = []ir.Item{{Name: types.UnionColumn, Expr: union}}
	return out
}

func lastPart(p ast.Path) string {
	if len(p.Parts) == 0 {
		return ""
	}
	return p.Parts[len(p.Parts)-1].Name
}

// emitted are the values of a row, in the order of its fields.
func (m *module) emitted(call *ast.CallExpr, row *types.Type, t *ir.Topic) ([]ir.Expr, bool) {
	values := make([]ir.Expr, len(row.Fields))
	s := m.scope(nil)
	s.now = &ir.Column{Base: ir.Base{T: types.TTimestamp, At: call.Span}, Name: ir.Now}
	ok := true
	for _, a := range call.Args {
		if a.Name == nil {
			m.c.report("E0219", a.Span, "values of a row have names", "")
			return nil, false
		}
		i := fieldIndex(row, a.Name.Name)
		switch {
		case i < 0:
			m.noSuchField(*a.Name, row)
			ok = false
		case values[i] != nil:
			m.c.report("E0211", a.Name.Span, `"`+a.Name.Name+`" is given twice`, "")
			ok = false
		default:
			values[i] = s.coerced(a.Value, row.Fields[i].Type, `"`+a.Name.Name+`"`)
			ok = !isUnknown(values[i]) && ok
		}
	}
	for i, f := range row.Fields {
		if values[i] == nil && ok {
			values[i] = m.missingColumn(f, t, call.Span)
			ok = values[i] != nil
		}
	}
	return values, ok
}

// scheduleSnapshot checks `snapshot table to sink`; nil after a report.
func (m *module) scheduleSnapshot(a *ast.SnapshotAct) *ir.ScheduleSnapshot {
	rel, in, _ := m.rel(ast.RelRef{At: a.Table.At, Path: a.Table})
	_, decl, ok := m.lookup(a.To)
	sink, isSink := decl.(*ast.SinkDecl)
	if !ok || !isSink {
		rep := m.c.report("E0201", a.To.Span, `there is no sink "`+a.To.String()+`"`, "")
		m.c.suggest(rep, a.To.Parts[len(a.To.Parts)-1], m.sinkNames())
		return nil
	}
	if in.Broken {
		return nil
	}
	if in.Kind != types.Changes {
		m.c.report("E0312", a.Table.Span, `a snapshot is of the rows that are there now, and "`+a.Table.String()+`" only appends`, "").
			Fix(diag.Choose, "the last row of each key", "table ... = from "+a.Table.String()+" |> upserts by ...")
		return nil
	}
	if sink.From.String() != a.Table.String() {
		m.c.report("E0304", a.To.Span, `the sink "`+a.To.String()+`" takes the rows of "`+sink.From.String()+`", not of "`+a.Table.String()+`"`, "").
			Label(sink.From.Span, "declared here")
		return nil
	}
	name := rel.Stream
	if name == "" {
		name = rel.Topic
	}
	return &ir.ScheduleSnapshot{Of: name, Sink: m.prefix + sink.Name.Name}
}

func (m *module) sinkNames() []string {
	var names []string
	for _, d := range m.order {
		if s, ok := d.(*ast.SinkDecl); ok {
			names = append(names, s.Name.Name)
		}
	}
	return names
}

// nowOf is what now() means in a schedule; nil where it has no meaning.
func (s *scope) nowOf(name string, at source.Span) ir.Expr {
	if s.now == nil || name != "now" {
		return nil
	}
	return &ir.Column{Base: ir.Base{T: s.now.Type(), At: at}, Name: ir.Now}
}
