package explain

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// Detail is one part of what an operator does: `mag = properties.mag : double`.
type Detail struct {
	Label string `json:"label"`
	Text  string `json:"text"`
	Type  string `json:"type,omitempty"`
}

// described is an operator with its parts.
type described struct {
	name    string
	details []Detail
	// fails tells whether rows can fail in it.
	fails bool
}

// replaces says what a row does that is not let through where keys may start anew.
func (d *described) replaces(on bool) {
	if on {
		d.add("otherwise", "the row of the key that was let through is taken away")
	}
}

func (d *described) add(label, text string) {
	d.details = append(d.details, Detail{Label: label, Text: text})
}

func (d *described) expr(label string, e ir.Expr) {
	d.details = append(d.details, Detail{Label: label, Text: exprs{typed: true}.text(e), Type: e.Type().String()})
	d.fails = d.fails || mayFail(e)
}

func (d *described) exprList(label string, es []ir.Expr) {
	for _, e := range es {
		d.expr(label, e)
	}
}

// items lists named expressions; columns that only pass through stand together.
func (d *described) items(items []ir.Item) {
	passes := func(it ir.Item) bool {
		c, ok := it.Expr.(*ir.Column)
		return ok && c.Name == it.Name
	}
	var same []string
	for _, it := range items {
		if passes(it) {
			same = append(same, columnName(it.Name))
		}
	}
	if len(same) > 0 {
		d.add("same", strings.Join(same, ", "))
	}
	for _, it := range items {
		if passes(it) {
			continue
		}
		label := columnName(it.Name)
		if it.Hidden {
			label = "let " + label
		}
		d.expr(label, it.Expr)
	}
}

func (d *described) orders(by []ir.Order) {
	for _, o := range by {
		label := "by"
		if o.Desc {
			label = "by desc"
		}
		d.expr(label, o.Expr)
	}
}

func (d *described) lateness(windowed bool, lateness time.Duration) {
	if windowed {
		d.add("within", "each window")
		if lateness > time.Microsecond { // a sliding window only waits for the rows at its end
			d.add("lateness", durationText(lateness))
		}
	}
}

func (d *described) keep(keep time.Duration) {
	if keep != 0 {
		d.add("keep", durationText(keep))
	}
}

// describe tells what an operator of a stage or a plan does.
func describe(op plan.Op) (described, error) {
	if d, ok := describeRows(op); ok {
		return d, nil
	}
	if d, ok := describeState(op); ok {
		return d, nil
	}
	if d, ok := describePlan(op); ok {
		return d, nil
	}
	return described{}, fmt.Errorf("this is a bug in edyc: explain knows no operator %T", op)
}

// describeRows describes the operators that look at one row at a time.
func describeRows(op plan.Op) (described, bool) {
	var d described
	switch op := op.(type) {
	case *ir.Where:
		d.name = "where"
		d.expr("keep", op.Cond)
		d.replaces(op.Replaces)
		for _, n := range op.Nulls {
			d.expr("null "+n.Name, n.Expr)
		}
	case *ir.Project:
		d.name = "project"
		d.items(op.Items)
	case *ir.Require:
		d.name = "require"
		d.replaces(op.Replaces)
		for i, v := range op.Values {
			d.expr(op.Paths[i], v)
		}
		d.add("else", targetText(op.Else, "the error topic"))
		d.fails = op.Else == nil || d.fails
	case *ir.Unnest:
		d.name = "unnest"
		d.expr(op.Name, op.Expr)
		if op.Outer {
			d.add("empty arrays", "a row with null")
		}
	case *ir.KeyBy:
		d.name = "key by"
		d.add("key", strings.Join(op.Keys, ", "))
	case *ir.Time:
		d.name = "time"
		d.expr("time", op.Expr)
		d.add("watermark", durationText(op.Delay)+" behind")
	case *ir.Limit:
		d.name = "limit"
		d.add("rows", strconv.FormatInt(op.N, 10))
	case *ir.Sample:
		d.name = "sample"
		d.add("fraction", floatText(op.Fraction))
		d.exprList("by", op.By)
		d.replaces(op.Replaces)
	case *ir.Union:
		d.name = "union"
		d.add("with", fmt.Sprintf("%d more", len(op.With)))
	case *ir.Changes:
		d.name = "changes"
	case *ir.Into:
		d.name = "into"
		d.add("topic", op.Topic)
		d.items(op.Items)
	default:
		return d, false
	}
	return d, true
}

// describeState describes the operators that keep rows or wait for time.
func describeState(op plan.Op) (described, bool) {
	var d described
	switch op := op.(type) {
	case *ir.Window:
		d.window(op)
	case *ir.Clock:
		d.name = "clock"
		d.add("time", "the moment a row comes")
	case *ir.WindowNone:
		d.name = "window none"
	case *ir.Aggregate:
		d.aggregate(op)
	case *ir.Top:
		d.top(op)
	case *ir.Latest:
		d.name = "latest"
		d.exprList("by", op.By)
		d.finds(op.Find)
		d.lateness(op.Windowed, op.Lateness)
		d.ticks(op.Emit, op.EmitEvery)
		d.keep(op.Keep)
	case *ir.Place:
		d.name = "place"
		d.finds(op.Find)
		d.lateness(true, op.Lateness)
		d.add("emit", emitText(op.Find.Emit, op.Find.EmitEvery))
	case *ir.Upserts:
		d.name = "upserts"
		d.exprList("by", op.By)
		if op.DeleteWhen != nil {
			d.expr("delete when", op.DeleteWhen)
		}
		d.keep(op.Keep)
	case *ir.Expire:
		d.name = "expire"
		d.add("after", durationText(op.After))
	case *ir.View:
		d.view(op)
	case *ir.Dedup:
		d.name = "dedup"
		if len(op.By) == 0 {
			d.add("by", "the whole row")
		}
		d.exprList("by", op.By)
		d.lateness(op.Windowed, op.Lateness)
		if op.Within > 0 {
			d.add("within", durationText(op.Within))
		}
	case *ir.Over:
		d.over(op)
	case *ir.Hold:
		d.name = "hold"
		d.add("for", durationText(op.For))
		d.expr("while", op.While)
		d.exprList("per", op.Per)
		d.add("late rows", targetText(op.LateTo, "the error topic"))
	case *ir.Silent:
		d.name = "silent"
		d.add("for", durationText(op.For))
		for _, it := range op.Per {
			d.expr("per "+columnName(it.Name), it.Expr)
		}
		d.add("late rows", targetText(op.LateTo, "the error topic"))
	case *ir.Throttle:
		d.name = "throttle"
		d.add("rows", strconv.FormatInt(op.N, 10)+" per "+durationText(op.Span))
		d.exprList("per", op.Per)
		d.add("others", targetText(op.Else, "counted"))
		d.add("late rows", targetText(op.LateTo, "the error topic"))
	case *ir.Changed:
		d.name = "changed"
		d.exprList("value", op.Exprs)
		d.exprList("per", op.Per)
		d.add("late rows", targetText(op.LateTo, "the error topic"))
		d.keep(op.Keep)
	case *ir.Match:
		d.match(op)
	case *ir.Sort:
		d.name = "sort"
		d.orders(op.By)
		d.lateness(op.Windowed, op.Lateness)
	case *ir.Join:
		d.join(op)
	case *ir.Asof:
		d.asof(op)
	case *ir.Lookup:
		d.lookup(op)
	case *ir.OnTime:
		d.name = "on time"
		of := "the row's time"
		if op.Of != "" {
			of = columnName(op.Of)
		}
		d.add("late", "above "+of+" by more than "+durationText(op.Slack))
		d.add("late rows", targetText(op.LateTo, "the error topic"))
	default:
		return d, false
	}
	return d, true
}

func (d *described) window(op *ir.Window) {
	d.name = "window"
	if op.Kind == ir.WindowWhole {
		d.add("kind", "the whole input")
		return
	}
	d.windowSize(op)
	if len(op.Per) > 0 {
		d.add("per", strings.Join(op.Per, ", "))
	}
	if op.Processing {
		d.add("time", "processing time")
	}
	if op.Lateness > 0 {
		d.add("lateness", durationText(op.Lateness))
	}
	if op.Passes {
		d.add("rows", "pass at once; the stage below finds the windows")
	}
	if op.Kind != ir.WindowRows && !op.Processing {
		d.add("late rows", targetText(op.LateTo, "the error topic"))
	}
	d.add("emit", emitText(op.Emit, op.EmitEvery))
}

func (d *described) windowSize(op *ir.Window) {
	switch op.Kind {
	case ir.WindowSession:
		text := op.Kind + " gap " + durationText(op.Gap)
		if op.Max > 0 {
			text += " max " + durationText(op.Max)
		}
		d.add("kind", text)
	case ir.WindowSpan:
		d.add("kind", op.Kind)
		d.expr("from", op.From)
		d.expr("to", op.To)
		d.fails = true // a span may be none
	case ir.WindowRows:
		text := op.Kind + " " + strconv.FormatInt(op.Rows, 10)
		if op.RowsEvery != op.Rows {
			text += " every " + strconv.FormatInt(op.RowsEvery, 10)
		}
		d.add("kind", text)
	default:
		text := op.Kind + " " + lengthText(op.Size)
		if op.Every != (types.Length{}) {
			text += " every " + lengthText(op.Every)
		}
		d.add("kind", text)
	}
	if op.Offset != (types.Length{}) {
		d.add("offset", lengthText(op.Offset))
	}
	if op.Zone != "" {
		d.add("zone", op.Zone)
	}
}

func (d *described) aggregate(op *ir.Aggregate) {
	d.name = "aggregate"
	for _, b := range op.By {
		d.expr("by "+columnName(b.Name), b.Expr)
	}
	x := exprs{typed: true}
	for i, a := range op.Aggs {
		args := x.list(a.Args)
		if op.Phase == ir.SecondPhase {
			args = ir.PartState(i)
		}
		text := a.Name + "#" + strconv.Itoa(a.Overload) + "(" + args + ")"
		if a.Where != nil {
			text += " where " + x.text(a.Where)
		}
		d.details = append(d.details, Detail{Label: "$agg" + strconv.Itoa(i), Text: text, Type: a.T.String()})
	}
	for _, it := range op.Items {
		d.expr(columnName(it.Name), it.Expr)
	}
	d.finds(op.Find)
	switch op.Phase {
	case ir.FirstPhase:
		d.add("phase", "first: a row for each group and window of a batch")
	case ir.SecondPhase:
		d.add("phase", "second: puts the rows of the first together")
	}
	d.lateness(op.Windowed, op.Lateness)
	d.add("emit", emitText(op.Emit, op.EmitEvery))
	if op.Fill != nil {
		d.add("fill", op.Fill.Mode+" keep "+durationText(op.Fill.Keep))
	}
	d.keep(op.Keep)
	if op.Best != nil {
		d.add("only", fmt.Sprintf("the first %d", op.Best.N))
		d.orders(op.Best.By)
		d.exprList("per", op.Best.Per)
		if op.Best.Dropped {
			d.add("counts", "the others, for the dedup below")
		}
	}
	d.fails = d.fails || len(op.Aggs) > 0 // a sum may not fit
}

// finds says which windows a stage finds itself.
func (d *described) finds(window *ir.Window) {
	if window == nil {
		return
	}
	w := described{}
	w.windowSize(window)
	d.add("finds", w.details[0].Text+" itself")
}

func (d *described) view(op *ir.View) {
	d.name = "view"
	for _, k := range op.Keys {
		d.expr("key "+columnName(k.Name), k.Expr)
	}
	for _, s := range op.States {
		d.expr("state "+nameText(s.Name), s.Init)
	}
	for i, r := range op.Reducers {
		label := "on " + strconv.Itoa(i+1)
		if r.When != nil {
			d.expr(label+" when", r.When)
		}
		for _, it := range r.Set {
			d.expr(label+" set "+nameText(it.Name), it.Expr)
		}
		if r.Delete {
			d.add(label, "delete")
		}
	}
	d.keep(op.Keep)
}

func (d *described) top(op *ir.Top) {
	d.name = "top"
	d.add("rows", strconv.FormatInt(op.N, 10))
	d.orders(op.By)
	for i, e := range op.Per {
		label := "per"
		if i < len(op.PerNames) && op.PerNames[i] != "" {
			label += " " + columnName(op.PerNames[i])
		}
		d.expr(label, e)
	}
	if op.Ties {
		d.add("ties", "kept")
	}
	if op.Rank != "" {
		d.add("rank", nameText(op.Rank))
	}
	d.finds(op.Find)
	d.lateness(op.Windowed, op.Lateness)
	d.ticks(op.Emit, op.EmitEvery)
	d.keep(op.Keep)
}

// ticks is how often changes of windows are shown, where not each of them is.
func (d *described) ticks(emit string, every time.Duration) {
	if every > 0 {
		d.add("emit", emitText(emit, every))
	}
}

// describePlan describes the operators that only plans have.
func describePlan(op plan.Op) (described, bool) {
	var d described
	switch op := op.(type) {
	case *plan.Topic:
		d.name = "topic"
		if op.Row != nil {
			d.add("reads", rowText(op.Row))
		}
		if op.Topic.Time != nil {
			d.expr("time", op.Topic.Time)
		}
		d.fails = d.fails || !op.Topic.Implicit // a record may not decode
	case *plan.Route:
		d.name = "route"
		for _, it := range op.Shared {
			d.expr("let "+columnName(it.Name), it.Expr)
		}
		for i, w := range op.Whens {
			d.expr("port "+strconv.Itoa(i)+" when", w)
		}
		d.replaces(op.Replaces)
		d.add("match", matchText(op.All))
	case *plan.Drop:
		d.name = "drop"
	case *plan.Sink:
		d.name = "sink"
		d.add("to", endpointText(op.Sink.Connector, op.Sink.URI, op.Sink.Settings))
		d.add("from", op.Sink.From)
	default:
		return d, false
	}
	return d, true
}

func matchText(all bool) string {
	if all {
		return "all"
	}
	return "first"
}

func targetText(t *ir.Target, none string) string {
	switch {
	case t == nil:
		return none
	case t.Drop:
		return "dropped and counted"
	}
	return nameText(t.Topic)
}

func emitText(emit string, every time.Duration) string {
	if every > 0 {
		return emit + " every " + durationText(every)
	}
	return emit
}

// endpointText is where a source reads or a sink writes.
func endpointText(connector, uri string, settings map[string]any) string {
	parts := []string{connector}
	if uri != "" {
		parts = append(parts, strconv.Quote(uri))
	}
	for _, name := range sortedKeys(settings) {
		if text := settingText(settings[name]); name != "path" || uri == "" {
			parts = append(parts, name+": "+text)
		}
	}
	return strings.Join(parts, " ")
}
