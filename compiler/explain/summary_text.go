package explain

import (
	"fmt"
	"strings"
)

// writer lays text out in indented blocks.
type writer struct{ strings.Builder }

func (w *writer) line(indent int, format string, args ...any) {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	w.WriteString(strings.TrimRight(strings.Repeat("  ", indent)+text, " "))
	w.WriteByte('\n')
}

func (w *writer) gap() {
	if w.Len() > 0 {
		w.WriteByte('\n')
	}
}

// field is "label   text" with the texts in one column.
func (w *writer) field(indent int, label, text string) { w.line(indent, "%-9s %s", label, text) }

func summaryText(d *SummaryDoc) string {
	w := &writer{}
	w.heading(d)
	for _, t := range d.Topics {
		w.topic(t)
	}
	for _, s := range d.Streams {
		w.stream(s, d.full)
	}
	for _, r := range d.Routes {
		w.route(r, d.full)
	}
	w.outputs(d)
	w.state(d)
	return w.String()
}

func (w *writer) heading(d *SummaryDoc) {
	if d.Module != "" {
		zone := ""
		if d.Timezone != "" {
			zone = ", timezone " + d.Timezone
		}
		w.line(0, "module %s%s", d.Module, zone)
	}
	for _, p := range d.Params {
		text := p.Name + ": " + p.Type
		if p.Default != "" {
			text += " = " + p.Default
		} else {
			text += ", must be set"
		}
		if p.Min != "" {
			text += ", at least " + p.Min
		}
		if p.Max != "" {
			text += ", at most " + p.Max
		}
		w.line(0, "%s", "param "+text)
	}
}

func (w *writer) topic(t TopicDoc) {
	w.gap()
	note := ""
	switch {
	case t.Inferred:
		note = " (schema inferred from the data: paste it to fix it)"
	case t.Name == errorsTopic:
		note = " (rows that failed)"
	case t.Implicit:
		note = " (named only as a target)"
	}
	w.line(0, "topic %s%s", nameText(t.Name), note)
	if len(t.From) == 0 {
		w.field(1, "rows from", "--input and tests")
	}
	for _, from := range t.From {
		w.field(1, "rows from", from)
	}
	for _, line := range strings.Split(strings.TrimSuffix(t.Schema, "\n"), "\n") {
		w.line(1, "%s", line)
	}
	for _, x := range t.Facts.list() {
		if x.label != "window" { // a topic is never in one
			w.field(1, x.label, x.text)
		}
	}
	for _, f := range []fact{{"lateness", t.Lateness}, {"max_ahead", t.MaxAhead}, {"idle", t.Idle}} {
		if f.text != "" {
			w.field(1, f.label, f.text)
		}
	}
	if t.Errors == "" {
		w.field(1, "errors", "counted")
		return
	}
	w.field(1, "errors", "to "+nameText(t.Errors))
	if t.Facts.Time != "" {
		w.field(1, "late", "to "+nameText(t.Late))
	}
}

func (w *writer) facts(indent int, f Facts) {
	for _, x := range f.list() {
		w.field(indent, x.label, x.text)
	}
}

func (w *writer) stream(s StreamDoc, full bool) {
	w.gap()
	w.line(0, "stream %s (%s)", nameText(s.Name), s.At)
	w.line(1, "from %s", s.From)
	w.facts(3, s.Start)
	w.stages(1, s.Stages, full)
	w.line(1, "gives")
	for _, c := range s.Columns {
		if !c.Hidden {
			w.line(3, "%s: %s", c.Name, c.Type)
		}
	}
	w.field(1, "errors", "to "+nameText(s.Errors))
}

func (w *writer) stages(indent int, stages []StageDoc, full bool) {
	for _, st := range stages {
		w.line(indent, "|> %s", st.Source)
		said := w.changes(indent+2, st.Changes, full)
		said = w.changedFacts(indent+2, st.Before, st.After) || said
		if st.After.State != "" {
			w.field(indent+2, "state", atMost(st.After.State))
			said = true
		}
		if st.Spills {
			w.line(indent+2, "groups go to disk past --state-memory")
			said = true
		}
		if st.WaitsSpill {
			w.line(indent+2, "rows that wait for the watermark go to disk past --state-memory")
			said = true
		}
		if st.ShowsAll {
			w.line(indent+2, "groups stay in memory: each window shows all of them")
			said = true
		}
		for _, text := range st.Sends {
			w.line(indent+2, "%s", text)
			said = true
		}
		for _, with := range st.With {
			w.line(indent+2, "with %s", with.From)
			w.stages(indent+3, with.Stages, full)
			said = true
		}
		if !said {
			w.line(indent+2, "columns, key and time stay")
		}
	}
}

// changes writes columns: + new, ~ changed, - gone, and the others when asked.
func (w *writer) changes(indent int, columns []Column, full bool) bool {
	said := false
	for _, c := range columns {
		text := c.Name + ": " + c.Type
		if c.Hidden {
			text += " (hidden)"
		}
		switch c.Change {
		case IsNew:
			text = "+ " + text
		case IsChanged:
			text = "~ " + text + " (was " + c.Was + ")"
		case IsGone:
			text = "- " + c.Name
		default:
			if !full {
				continue
			}
			text = "  " + text
		}
		w.line(indent, "%s", text)
		said = true
	}
	return said
}

func (w *writer) changedFacts(indent int, before, after Facts) bool {
	was, said := before.list(), false
	for i, x := range after.list() {
		if x.text != was[i].text {
			w.field(indent, x.label, x.text+" (was "+was[i].text+")")
			said = true
		}
	}
	return said
}

func (w *writer) route(r RouteDoc, full bool) {
	w.gap()
	w.line(0, "route %s from %s, %s (%s)", nameText(r.Name), r.From, matchWords(r.Match), r.At)
	for _, a := range r.Arms {
		head := "otherwise"
		if a.When != "" {
			head = "when " + a.When
		}
		w.line(1, "%s -> %s", head, strings.Join(a.Targets, ", "))
		w.stages(2, a.Stages, full)
	}
	w.field(1, "errors", "to "+nameText(r.Errors))
}

func matchWords(match string) string {
	if match == "all" {
		return "all matches"
	}
	return "first match"
}

func (w *writer) outputs(d *SummaryDoc) {
	w.gap()
	w.line(0, "outputs")
	for _, s := range d.Sinks {
		w.line(1, "%s to %s", nameText(s.From), s.To)
	}
	switch {
	case d.Printed != "":
		w.line(1, "%s to standard output, when --output says nothing", nameText(d.Printed))
	case len(d.Sinks) == 0:
		w.line(1, "only what --output names")
	}
}

func (w *writer) state(d *SummaryDoc) {
	w.schedules(d)
	w.gap()
	w.line(0, "state kept forever")
	w.orNothing(d.Forever)
	w.gap()
	w.line(0, "exempt from giving the same bytes again")
	var exempt []string
	for _, e := range d.Exempt {
		exempt = append(exempt, e.What+": "+e.Why)
	}
	w.orNothing(exempt)
}

func (w *writer) orNothing(lines []string) {
	if len(lines) == 0 {
		w.line(1, "nothing")
	}
	for _, l := range lines {
		w.line(1, "%s", l)
	}
}

// atMost words the bound of a state.
func atMost(bound string) string {
	if strings.HasPrefix(bound, "infinity") {
		return bound
	}
	return "at most " + bound
}
