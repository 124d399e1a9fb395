package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// errorsTopic takes failed and late rows where nothing else is said.
const errorsTopic = "errors"

// SummaryDoc is a program as an analyst sees it.
type SummaryDoc struct {
	Stage    Stage       `json:"stage"`
	Module   string      `json:"module"`
	Timezone string      `json:"timezone"`
	Params   []ParamDoc  `json:"params"`
	Topics   []TopicDoc  `json:"topics"`
	Streams  []StreamDoc `json:"streams"`
	Routes   []RouteDoc  `json:"routes"`
	Sinks    []SinkDoc   `json:"sinks"`

	Schedules []ScheduleDoc `json:"schedules"`

	Printed string      `json:"printed"`      // the stream a run prints
	Forever []string    `json:"keep_forever"` // stages whose state is never cleaned up
	Exempt  []ExemptDoc `json:"exempt"`       // what may not repeat byte for byte
	full    bool
}

// ParamDoc is a param.
type ParamDoc struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Default string `json:"default"` // "" when it must be set
	Min     string `json:"min,omitempty"`
	Max     string `json:"max,omitempty"`
	Doc     string `json:"doc,omitempty"`
}

// TopicDoc is a topic.
type TopicDoc struct {
	Name     string   `json:"name"`
	Row      string   `json:"row"`
	Schema   string   `json:"schema"`   // as declarations
	Inferred bool     `json:"inferred"` // the schema came from data
	Implicit bool     `json:"implicit"` // the topic is named only as a target
	From     []string `json:"from"`     // what writes to it
	Facts    Facts    `json:"facts"`
	Lateness string   `json:"lateness,omitempty"`
	MaxAhead string   `json:"max_ahead,omitempty"`
	Idle     string   `json:"idle_after,omitempty"`
	Errors   string   `json:"errors"`
	Late     string   `json:"late"`
}

// StreamDoc is a stream.
type StreamDoc struct {
	Name    string     `json:"name"`
	From    string     `json:"from"`
	At      string     `json:"at"`
	Start   Facts      `json:"start"` // before the first stage
	Stages  []StageDoc `json:"stages"`
	Columns []Column   `json:"columns"` // after the last one
	Facts   Facts      `json:"facts"`
	Errors  string     `json:"errors"`
}

// StageDoc is one stage and what it changes.
type StageDoc struct {
	Word    string   `json:"word"`
	Source  string   `json:"source"` // the first line of its text
	At      string   `json:"at"`
	Changes []Column `json:"changes"` // all columns after it, and those gone
	Before  Facts    `json:"before"`
	After   Facts    `json:"after"`
	Sends   []string `json:"sends"` // rows that leave by a side door
	// Spills: groups of its state can be put on disk; WaitsSpill: so can rows that wait for the watermark.
	Spills     bool `json:"spills,omitempty"`
	WaitsSpill bool `json:"waits_spill,omitempty"`
	// ShowsAll: its groups stay in memory, as each window shows all that are remembered.
	ShowsAll bool `json:"shows_all,omitempty"`
	// With are the other inputs of the stage.
	With []StreamDoc `json:"with,omitempty"`
}

// RouteDoc is a route.
type RouteDoc struct {
	Name   string   `json:"name"`
	From   string   `json:"from"`
	At     string   `json:"at"`
	Match  string   `json:"match"` // first or all
	Arms   []ArmDoc `json:"arms"`
	Errors string   `json:"errors"`
}

// ArmDoc is one way out of a route; When is "" for otherwise.
type ArmDoc struct {
	When    string     `json:"when"`
	Source  string     `json:"source"`
	At      string     `json:"at"`
	Stages  []StageDoc `json:"stages"`
	Targets []string   `json:"targets"`
}

// SinkDoc is a sink.
type SinkDoc struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
}

// ExemptDoc names something whose results depend on more than the input.
type ExemptDoc struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

func summarise(in Input) *SummaryDoc {
	p := in.Program
	d := &SummaryDoc{
		Stage: Summary, Module: p.Module, Timezone: p.Timezone, Params: []ParamDoc{}, Topics: []TopicDoc{}, Streams: []StreamDoc{},
		Routes: []RouteDoc{}, Sinks: []SinkDoc{}, Printed: in.Printed, Forever: []string{}, Exempt: []ExemptDoc{}, full: in.Full,
	}
	for _, v := range p.Params {
		d.Params = append(d.Params, paramDoc(v))
	}
	for _, t := range topicsInOrder(p.Topics) {
		d.Topics = append(d.Topics, topicDoc(p, t))
	}
	for _, s := range inTextOrder(p.Streams) {
		doc := d.pipeline(p, s.Name, s.Pipeline)
		doc.Name, doc.At = s.Name, placeText(s.At)
		d.Streams = append(d.Streams, doc)
	}
	for _, r := range p.Routes {
		d.route(p, r)
	}
	d.Schedules = scheduleDocs(p)
	for _, s := range p.Sinks {
		d.Sinks = append(d.Sinks, SinkDoc{Name: s.Name, From: s.From, To: endpointText(s.Connector, s.URI, s.Settings)})
	}
	d.Exempt = exempt(p)
	return d
}

// inTextOrder are streams as they are written; the checker lists them by use.
func inTextOrder(streams []*ir.Stream) []*ir.Stream {
	out := slices.Clone(streams)
	slices.SortStableFunc(out, func(a, b *ir.Stream) int {
		if a.At.File != b.At.File {
			return 0
		}
		return a.At.Start - b.At.Start
	})
	return out
}

// topicsInOrder are the declared topics as they are written, then the implicit ones.
func topicsInOrder(topics []*ir.Topic) []*ir.Topic {
	out := slices.Clone(topics)
	slices.SortStableFunc(out, func(a, b *ir.Topic) int {
		switch {
		case a.Implicit && !b.Implicit:
			return 1
		case b.Implicit && !a.Implicit:
			return -1
		case a.Implicit || a.At.File != b.At.File:
			return 0
		}
		return a.At.Start - b.At.Start
	})
	return out
}

func paramDoc(v *ir.ParamDef) ParamDoc {
	d := ParamDoc{Name: v.Name, Type: v.Type.String(), Doc: v.Doc}
	if v.HasValue {
		d.Default = valueText(v.Default, v.Type)
	}
	if v.Min != nil {
		d.Min = valueText(v.Min, v.Type)
	}
	if v.Max != nil {
		d.Max = valueText(v.Max, v.Type)
	}
	return d
}

func topicDoc(p *ir.Program, t *ir.Topic) TopicDoc {
	d := TopicDoc{
		Name: t.Name, Row: t.Row.String(), Inferred: t.Inferred, Implicit: t.Implicit, From: writers(p, t),
		Facts: FactsOf(t.Type), Errors: orErrors(t.ErrorsTo), Late: lateText(t),
	}
	name := t.Row.Name
	if name == "" || (t.Implicit && t.Name != errorsTopic) { // its row may have got more columns on the way
		name = SchemaName(t.Name)
	}
	d.Schema = SchemaText(name, t.Row)
	for _, setting := range []struct {
		to *string
		of time.Duration
	}{{&d.Lateness, t.Lateness}, {&d.MaxAhead, t.MaxAhead}, {&d.Idle, t.IdleAfter}} {
		if setting.of > 0 {
			*setting.to = durationText(setting.of)
		}
	}
	if t.Name == errorsTopic {
		d.Errors = "" // what fails here is counted
	}
	return d
}

func lateText(t *ir.Topic) string {
	if t.LateTo == "" {
		return orErrors(t.ErrorsTo)
	}
	return t.LateTo
}

func orErrors(name string) string {
	if name == "" {
		return errorsTopic
	}
	return name
}

// writers is what rows of a topic come from.
func writers(p *ir.Program, t *ir.Topic) []string {
	out := []string{}
	for _, s := range p.Sources {
		if s.Topic == t.Name {
			out = append(out, endpointText(s.Connector, s.URI, s.Settings))
		}
	}
	for _, s := range p.Streams {
		if n := len(s.Pipeline.Stages); n > 0 {
			if into, ok := s.Pipeline.Stages[n-1].Op.(*ir.Into); ok && into.Topic == t.Name {
				out = append(out, "stream "+s.Name)
			}
		}
	}
	for _, r := range p.Routes {
		if slices.ContainsFunc(arms(r), func(a *ir.Arm) bool {
			return slices.ContainsFunc(a.Targets, func(x ir.ArmTarget) bool { return x.Topic == t.Name && !x.Drop })
		}) {
			out = append(out, "route "+r.Name)
		}
	}
	if t.Name == errorsTopic {
		out = append(out, "every stage in which rows fail")
	}
	return out
}

func arms(r *ir.Route) []*ir.Arm {
	if r.Otherwise == nil {
		return r.Arms
	}
	return append(slices.Clone(r.Arms), r.Otherwise)
}

// pipeline describes a pipeline from what it reads first; one it is built on stands
// in line.
func (d *SummaryDoc) pipeline(p *ir.Program, owner string, pipe *ir.Pipeline) StreamDoc {
	var doc StreamDoc
	if inner := pipe.From.Pipeline; inner != nil {
		doc = d.pipeline(p, owner, inner)
		doc.Stages = append(doc.Stages, d.stages(p, owner, inner.Type, pipe.Stages)...)
	} else {
		name, start := relation(p, pipe.From)
		doc = StreamDoc{From: name, Start: FactsOf(start), Stages: d.stages(p, owner, start, pipe.Stages)}
	}
	doc.At, doc.Columns, doc.Facts, doc.Errors = placeText(pipe.At), ColumnsOf(pipe.Type), FactsOf(pipe.Type), orErrors(pipe.Type.ErrorsTo)
	return doc
}

// relation names a topic or stream, and gives the type of its rows.
func relation(p *ir.Program, r ir.Rel) (string, *types.Stream) {
	for _, s := range p.Streams {
		if r.Stream == s.Name {
			return s.Name, s.Type()
		}
	}
	for _, t := range p.Topics {
		if r.Topic == t.Name {
			return t.Name, t.Type
		}
	}
	return r.Stream + r.Topic, &types.Stream{}
}

// stages describes stages one after another. Some texts are several operators, such
// as a `where` that narrows a union: to a reader they are one stage.
func (d *SummaryDoc) stages(p *ir.Program, owner string, before *types.Stream, stages []*ir.Stage) []StageDoc {
	out := []StageDoc{}
	var above ir.Operator
	for len(stages) > 0 {
		n := 1
		for n < len(stages) && stages[n].At == stages[0].At {
			n++
		}
		if doc := d.stage(p, owner, before, above, stages[:n]); !strings.HasPrefix(doc.Source, "from ") { // a whole pipeline: columns put in order
			out = append(out, doc)
		}
		before, above, stages = stages[n-1].Type, stages[n-1].Op, stages[n:]
	}
	return out
}

func (d *SummaryDoc) stage(p *ir.Program, owner string, before *types.Stream, above ir.Operator, parts []*ir.Stage) StageDoc {
	first, last := parts[0], parts[len(parts)-1]
	doc := StageDoc{
		Word: first.Word, Source: firstLine(first.At), At: placeText(first.At), Changes: Changes(before, last.Type),
		Before: FactsOf(before), After: FactsOf(last.Type), Sends: []string{},
	}
	var bounds []string
	for i, part := range parts {
		for _, text := range sends(part) {
			if !slices.Contains(doc.Sends, text) {
				doc.Sends = append(doc.Sends, text)
			}
		}
		if text := part.Type.BoundText; text != "" && !slices.Contains(bounds, text) {
			bounds = append(bounds, text)
		}
		doc.Spills = doc.Spills || ir.Spills(part.Op) && !staysInMemory(part.Op, before, above)
		doc.WaitsSpill = doc.WaitsSpill || ir.WaitsSpill(part.Op)
		doc.ShowsAll = doc.ShowsAll || showsAll(part.Op, before)
		if keepOf(part.Op) == ir.KeepForever {
			d.Forever = append(d.Forever, fmt.Sprintf("%s: %s (%s)", owner, doc.Source, doc.At))
		}
		for j, with := range ir.Others(part.Op) {
			doc.With = append(doc.With, d.pipeline(p, fmt.Sprintf("%s/%d:%s%d", owner, i+1, part.Word, j+1), with))
		}
	}
	doc.After.State = strings.Join(bounds, " + ")
	return doc
}

// staysInMemory reports that groups are not put on disk because of the windows that they are in:
// those that depend on rows, and those that are filled. Sessions and sliding
// windows are found by an aggregate directly behind them, and go there key by key.
func staysInMemory(op ir.Operator, before *types.Stream, above ir.Operator) bool {
	if before.Window == nil {
		return false
	}
	kind := before.Window.Kind
	depends := kind == ir.WindowSession || kind == ir.WindowSliding || kind == ir.WindowRows
	switch op.(type) {
	case *ir.Aggregate:
		final := before.Window.Emit == "final"
		w, _ := above.(*ir.Window)
		found := w != nil && w.Kind != ir.WindowRows && final // by the aggregate
		return depends && (final && !found || len(before.Window.Per) == 0) || showsAll(op, before)
	case *ir.Latest, *ir.Top:
		return depends && before.Kind == types.Changes && len(before.Window.Per) == 0
	}
	return false
}

// showsAll reports that each window has a row of every group that is remembered.
func showsAll(op ir.Operator, before *types.Stream) bool {
	_, aggregates := op.(*ir.Aggregate)
	return aggregates && before.Window != nil && before.Window.Fill != ""
}

// keepOf is how long an operator keeps what it knows; 0 where nothing is said.
func keepOf(op ir.Operator) time.Duration {
	switch op := op.(type) {
	case *ir.Aggregate:
		if op.Fill != nil {
			return op.Fill.Keep
		}
		return op.Keep
	case *ir.Top:
		return op.Keep
	case *ir.Latest:
		return op.Keep
	case *ir.Over:
		return op.Keep
	case *ir.Changed:
		return op.Keep
	case *ir.Join:
		return op.Keep
	case *ir.Asof:
		return op.Keep
	case *ir.Upserts:
		return op.Keep
	case *ir.View:
		return op.Keep
	default:
		return 0
	}
}

// sends are the ways rows leave a stage besides its output; failures, which may
// happen in any stage, are said once for the stream.
func sends(st *ir.Stage) []string {
	out := []string{}
	failed := orErrors(st.Type.ErrorsTo)
	switch op := st.Op.(type) {
	case *ir.Require:
		out = append(out, "rows with a null "+leaveText(op.Else, failed))
	case *ir.Window:
		if op.Kind != ir.WindowWhole && op.Kind != ir.WindowRows && !op.Processing {
			out = append(out, "late rows "+leaveText(op.LateTo, failed))
		}
	case *ir.Over:
		if !op.Windowed && !op.Whole {
			out = append(out, behindText(op.LateTo, failed))
		}
	case *ir.Hold:
		out = append(out, behindText(op.LateTo, failed))
	case *ir.Silent:
		out = append(out, behindText(op.LateTo, failed))
	case *ir.Throttle:
		if op.Else != nil {
			out = append(out, "rows too many "+leaveText(op.Else, failed))
		} else {
			out = append(out, "rows too many are dropped and counted")
		}
		out = append(out, behindText(op.LateTo, failed))
	case *ir.Changed:
		out = append(out, behindText(op.LateTo, failed))
	case *ir.Match:
		out = append(out, "late rows "+leaveText(op.LateTo, failed))
	case *ir.Into:
		out = append(out, "all rows go to "+nameText(op.Topic))
	default:
	}
	return out
}

// behindText says where rows go that are behind the watermark.
func behindText(t *ir.Target, failed string) string {
	return "rows behind the watermark " + leaveText(t, failed)
}

func leaveText(t *ir.Target, otherwise string) string {
	if t != nil && t.Drop {
		return "are dropped and counted"
	}
	return "go to " + targetText(t, nameText(otherwise))
}

func (d *SummaryDoc) route(p *ir.Program, r *ir.Route) {
	doc := RouteDoc{Name: r.Name, From: routeFrom(p, r), At: placeText(r.At), Match: matchText(r.All), Arms: []ArmDoc{}, Errors: orErrors(r.Type.ErrorsTo)}
	for _, a := range arms(r) {
		arm := ArmDoc{Source: firstLine(a.At), At: placeText(a.At), Stages: d.stages(p, r.Name, r.Type, a.Stages), Targets: []string{}}
		if a.When != nil {
			arm.When = exprs{}.text(a.When)
		}
		for _, t := range a.Targets {
			target := t.Target
			arm.Targets = append(arm.Targets, targetText(&target, ""))
		}
		doc.Arms = append(doc.Arms, arm)
	}
	d.Routes = append(d.Routes, doc)
}

func routeFrom(p *ir.Program, r *ir.Route) string {
	if r.From.Pipeline != nil {
		return "(" + firstLine(r.From.Pipeline.At) + ")"
	}
	name, _ := relation(p, r.From)
	return name
}

// exempt lists what another run over the same rows may answer differently.
func exempt(p *ir.Program) []ExemptDoc {
	out := []ExemptDoc{}
	bounded := map[string]bool{}
	for _, t := range p.Topics {
		bounded[t.Name] = t.Bounded
	}
	for _, s := range p.Sources {
		if _, again := s.Settings["reload"]; again || strings.Contains(s.URI, "reload=") {
			out = append(out, ExemptDoc{What: "source " + s.Name, Why: "its file is read again when the clock says so"})
		} else if !bounded[s.Topic] {
			out = append(out, ExemptDoc{What: "source " + s.Name, Why: "its input is live, so the clock has a say in when it is idle"})
		}
	}
	for _, f := range p.Functions {
		if !f.Limits.Deterministic {
			out = append(out, ExemptDoc{What: "function " + f.Name, Why: "its WASM module is not declared deterministic"})
		}
	}
	for _, s := range p.Schedules {
		out = append(out, ExemptDoc{What: "schedule " + s.Name, Why: "the clock says when it is carried out"})
	}
	for _, s := range inTextOrder(p.Streams) {
		for _, st := range s.Pipeline.Stages {
			if w, ok := st.Op.(*ir.Window); ok && w.Processing {
				out = append(out, ExemptDoc{What: "stream " + s.Name + ", " + firstLine(st.At), Why: "its windows go by the clock; with --data a replay has the time each row came"})
			}
		}
	}
	return out
}

// firstLine is the first line of the text at a place, without the arrow of a stage.
func firstLine(at source.Span) string {
	text := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(at.Text()), "|>"))
	line, _, cut := strings.Cut(text, "\n")
	line = strings.TrimSpace(line)
	if cut {
		line += " ..."
	}
	return line
}

// placeText is a place as file:line.
func placeText(at source.Span) string {
	if !at.Known() {
		return ""
	}
	return fmt.Sprintf("%s:%d", at.File.Name, at.Position().Line)
}
