package explain

import (
	"fmt"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
)

// ProgramDoc is a checked program with its typed expressions.
type ProgramDoc struct {
	Stage    Stage         `json:"stage"`
	Module   string        `json:"module"`
	Timezone string        `json:"timezone"`
	Params   []ParamDoc    `json:"params"`
	Topics   []TypedTopic  `json:"topics"`
	Streams  []TypedStream `json:"streams"`
	Routes   []TypedRoute  `json:"routes"`
	Sources  []Endpoint    `json:"sources"`
	Sinks    []Endpoint    `json:"sinks"`
}

// TypedTopic is a topic of a checked program.
type TypedTopic struct {
	Name  string  `json:"name"`
	Row   string  `json:"row"`
	Time  *Detail `json:"time"`
	Facts Facts   `json:"facts"`
}

// TypedStream is a stream of a checked program.
type TypedStream struct {
	Name  string    `json:"name"`
	Reads TypedRel  `json:"reads"`
	Ops   []TypedOp `json:"ops"`
}

// TypedRel is what a pipeline reads: a topic, a stream, or a pipeline of its own.
type TypedRel struct {
	Name string    `json:"name"`
	Rel  *TypedRel `json:"rel,omitempty"`
	Ops  []TypedOp `json:"ops,omitempty"`
}

// TypedOp is a stage with the rows it yields.
type TypedOp struct {
	Op      string     `json:"op"`
	At      string     `json:"at"`
	Details []Detail   `json:"details"`
	Columns []Column   `json:"columns"`
	Facts   Facts      `json:"facts"`
	With    []TypedRel `json:"with,omitempty"` // the other inputs of the stage
}

// TypedRoute is a route of a checked program.
type TypedRoute struct {
	Name  string     `json:"name"`
	From  TypedRel   `json:"from"`
	Match string     `json:"match"`
	Arms  []TypedArm `json:"arms"`
}

// TypedArm is one way out of a route; When is nil for otherwise.
type TypedArm struct {
	When    *Detail       `json:"when"`
	Ops     []TypedOp     `json:"ops"`
	Targets []TypedTarget `json:"targets"`
}

// TypedTarget is a topic an arm writes to, with how its row is made.
type TypedTarget struct {
	To    string   `json:"to"`
	Items []Detail `json:"items"`
}

// Endpoint is a source or a sink.
type Endpoint struct {
	Name  string `json:"name"`
	Topic string `json:"topic"`
	Where string `json:"where"`
}

func typedProgram(p *ir.Program) (*ProgramDoc, error) {
	d := &ProgramDoc{
		Stage: IR, Module: p.Module, Timezone: p.Timezone, Params: []ParamDoc{}, Topics: []TypedTopic{}, Streams: []TypedStream{},
		Routes: []TypedRoute{}, Sources: []Endpoint{}, Sinks: []Endpoint{},
	}
	for _, v := range p.Params {
		d.Params = append(d.Params, paramDoc(v))
	}
	for _, t := range topicsInOrder(p.Topics) {
		row := typeText(t.Row)
		if t.Implicit {
			row = rowText(t.Row)
		}
		d.Topics = append(d.Topics, TypedTopic{Name: t.Name, Row: row, Time: detailOf("time", t.Time), Facts: FactsOf(t.Type)})
	}
	for _, s := range inTextOrder(p.Streams) {
		ops, err := typedOps(s.Pipeline.Stages)
		if err != nil {
			return nil, err
		}
		from, err := typedRel(s.Pipeline.From)
		if err != nil {
			return nil, err
		}
		d.Streams = append(d.Streams, TypedStream{Name: s.Name, Reads: from, Ops: ops})
	}
	for _, r := range p.Routes {
		doc, err := typedRoute(r)
		if err != nil {
			return nil, err
		}
		d.Routes = append(d.Routes, doc)
	}
	for _, s := range p.Sources {
		d.Sources = append(d.Sources, Endpoint{Name: s.Name, Topic: s.Topic, Where: endpointText(s.Connector, s.URI, s.Settings)})
	}
	for _, s := range p.Sinks {
		d.Sinks = append(d.Sinks, Endpoint{Name: s.Name, Topic: s.From, Where: endpointText(s.Connector, s.URI, s.Settings)})
	}
	return d, nil
}

func detailOf(label string, e ir.Expr) *Detail {
	if e == nil {
		return nil
	}
	return &Detail{Label: label, Text: exprs{typed: true}.text(e), Type: e.Type().String()}
}

func typedRel(r ir.Rel) (TypedRel, error) {
	if r.Pipeline == nil {
		return TypedRel{Name: r.Stream + r.Topic}, nil
	}
	return typedPipeline(r.Pipeline)
}

func typedPipeline(p *ir.Pipeline) (TypedRel, error) {
	from, err := typedRel(p.From)
	if err != nil {
		return TypedRel{}, err
	}
	ops, err := typedOps(p.Stages)
	return TypedRel{Rel: &from, Ops: ops}, err
}

func typedOps(stages []*ir.Stage) ([]TypedOp, error) {
	out := []TypedOp{}
	for _, st := range stages {
		desc, err := describe(st.Op)
		if err != nil {
			return nil, err
		}
		op := TypedOp{Op: desc.name, At: placeText(st.At), Details: notNil(desc.details), Columns: ColumnsOf(st.Type), Facts: FactsOf(st.Type)}
		for _, p := range ir.Others(st.Op) {
			with, err := typedPipeline(p)
			if err != nil {
				return nil, err
			}
			op.With = append(op.With, with)
		}
		out = append(out, op)
	}
	return out, nil
}

func notNil(d []Detail) []Detail {
	if d == nil {
		return []Detail{}
	}
	return d
}

func typedRoute(r *ir.Route) (TypedRoute, error) {
	from, err := typedRel(r.From)
	if err != nil {
		return TypedRoute{}, err
	}
	doc := TypedRoute{Name: r.Name, From: from, Match: matchText(r.All), Arms: []TypedArm{}}
	for _, a := range arms(r) {
		ops, err := typedOps(a.Stages)
		if err != nil {
			return TypedRoute{}, err
		}
		arm := TypedArm{When: detailOf("when", a.When), Ops: ops, Targets: []TypedTarget{}}
		for _, t := range a.Targets {
			var items described
			items.items(t.Items)
			target := t.Target
			arm.Targets = append(arm.Targets, TypedTarget{To: targetText(&target, ""), Items: notNil(items.details)})
		}
		doc.Arms = append(doc.Arms, arm)
	}
	return doc, nil
}

func programText(d *ProgramDoc) string {
	w := &writer{}
	w.heading(&SummaryDoc{Module: d.Module, Timezone: d.Timezone, Params: d.Params})
	for _, t := range d.Topics {
		w.gap()
		w.line(0, "topic %s: %s", nameText(t.Name), t.Row)
		if t.Time != nil {
			w.details(1, []Detail{*t.Time})
		}
		w.line(1, "%s", strings.Join(t.Facts.short(), "; "))
	}
	w.endpoints("source", "into", d.Sources)
	for _, s := range d.Streams {
		w.gap()
		w.line(0, "stream %s", nameText(s.Name))
		w.rel(1, "from", s.Reads)
		w.ops(1, s.Ops)
	}
	for _, r := range d.Routes {
		w.typedRoute(r)
	}
	w.endpoints("sink", "from", d.Sinks)
	return w.String()
}

func (w *writer) endpoints(kind, word string, list []Endpoint) {
	if len(list) > 0 {
		w.gap()
	}
	for _, e := range list {
		w.line(0, "%s %s %s %s: %s", kind, nameText(e.Name), word, nameText(e.Topic), e.Where)
	}
}

func (w *writer) rel(indent int, word string, r TypedRel) {
	if r.Rel == nil {
		w.line(indent, "%s %s", word, nameText(r.Name))
		return
	}
	w.rel(indent, word, *r.Rel)
	w.ops(indent, r.Ops)
}

func (w *writer) ops(indent int, ops []TypedOp) {
	for _, op := range ops {
		w.line(indent, "|> %s", op.Op)
		w.details(indent+2, op.Details)
		for _, with := range op.With {
			w.rel(indent+2, "with", with)
		}
		w.line(indent+2, "-> %s", typedColumns(op.Columns))
		w.line(indent+2, "   %s", strings.Join(op.Facts.short(), "; "))
	}
}

func typedColumns(columns []Column) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = c.Name + ": " + c.Type
		if c.Hidden {
			parts[i] = "let " + parts[i]
		}
	}
	return strings.Join(parts, ", ")
}

func (w *writer) details(indent int, details []Detail) {
	for _, d := range details {
		text := fmt.Sprintf("%s = %s", d.Label, d.Text)
		if d.Type != "" {
			text += " : " + d.Type
		}
		w.line(indent, "%s", text)
	}
}

func (w *writer) typedRoute(r TypedRoute) {
	w.gap()
	w.line(0, "route %s, %s", nameText(r.Name), matchWords(r.Match))
	w.rel(1, "from", r.From)
	for _, a := range r.Arms {
		if a.When == nil {
			w.line(1, "otherwise")
		} else {
			w.line(1, "when %s", a.When.Text)
		}
		w.ops(2, a.Ops)
		for _, t := range a.Targets {
			w.line(2, "-> %s", t.To)
			w.details(3, t.Items)
		}
	}
}
