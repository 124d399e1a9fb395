package check

import (
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
)

// overs collects the calls with `over (...)` of one projection while its items are
// checked. Each becomes a column that a stage before the projection appends.
type overs struct {
	ch    *chain
	ops   []*overGroup
	known map[string]*ir.Column // by what is computed
	n     int
}

// overGroup is calls that one stage computes.
type overGroup struct {
	op    *ir.Over
	id    string   // what they have in common
	names []string // of Per, as written
}

func (ch *chain) newOvers() *overs { return &overs{ch: ch, known: map[string]*ir.Column{}} }

// addOvers appends the stages that the items of a projection need before it.
func (ch *chain) addOvers(o *overs, st ast.Stage) {
	for _, g := range o.ops {
		op := g.op
		ch.overKeeps(op)
		bound := overBound(ch.in, g)
		t := ch.with(func(t *types.Stream) {
			t.Columns = append([]types.Column(nil), t.Columns...)
			for _, c := range op.Calls {
				t.Columns = append(t.Columns, types.Column{Name: c.Column, Type: c.T, Hidden: true})
			}
			t.BoundText = bound
		})
		ch.add(op, t, st.Pos())
	}
}

// over checks `f(x) over (...)` and stands for it by a column. It is computed for
// every row, whatever stands around it, so nothing that only holds in a branch is
// known inside.
func (s *scope) over(e *ast.OverExpr) ir.Expr {
	if s.overs == nil {
		s.overOutside(e)
		return unknown(e.Span)
	}
	ch := s.overs.ch
	if ch.in.Broken {
		return unknown(e.Span)
	}
	word := firstWord(withWord(e.Frame.Span, "over"), "")
	word.End = e.Frame.Span.End
	call, isCall := unparen(e.X).(*ast.CallExpr)
	path, named := ast.Path{}, false
	if isCall {
		path, named = calleePath(call.Fn)
	}
	agg := s.aggregateNamed(path)
	if !isCall || !named || agg == nil && !isRowFunction(path.String()) {
		s.m.c.report("E0241", e.X.Pos(), "`over` needs an aggregate or a function of rows before it", "this looks at one row").
			Note("functions of rows: lag  lead  row_number  rank  dense_rank")
		return unknown(e.Span)
	}
	g := &overGroup{op: &ir.Over{}}
	c := ir.OverCall{Name: path.String(), At: e.Span}
	ok := ch.overInput(e, g)
	ok = ch.overFrame(e, &c, g) && ok
	if agg != nil {
		ok = ch.overAggregate(agg, call, &c, g) && ok
	} else {
		ok = ch.rowFunction(call, &c) && ok
	}
	if !ok {
		return unknown(e.Span)
	}
	return s.overs.column(e, c, g)
}

// column is the column of a call; equal calls share one.
func (o *overs) column(e *ast.OverExpr, c ir.OverCall, g *overGroup) ir.Expr {
	text := oneLine(e.Span.Text())
	if col, ok := o.known[text]; ok && col.T == c.T {
		return &ir.Column{Base: ir.Base{T: c.T, At: e.Span}, Name: col.Name}
	}
	g.id = overGroupID(e, &c)
	c.Column = types.OverColumn(o.n)
	o.n++
	col := &ir.Column{Base: ir.Base{T: c.T, At: e.Span}, Name: c.Column}
	o.known[text] = col
	for _, have := range o.ops {
		if have.id == g.id {
			have.op.Calls = append(have.op.Calls, c)
			return col
		}
	}
	g.op.Calls = []ir.OverCall{c}
	o.ops = append(o.ops, g)
	return col
}

// overGroupID is equal for calls that one stage can compute: of the same key and
// order, which all look back, or all look ahead through one frame.
func overGroupID(e *ast.OverExpr, c *ir.OverCall) string {
	var b strings.Builder
	for _, p := range e.Frame.Per {
		b.WriteString(oneLine(p.Pos().Text()) + "\x00")
	}
	for _, o := range e.Frame.By {
		b.WriteString("by " + oneLine(o.Expr.Pos().Text()) + strconv.FormatBool(o.Desc) + "\x00")
	}
	if c.Ahead() {
		b.WriteString("ahead " + strconv.FormatInt(c.Frame.Rows, 10) + " " + c.Frame.Span.String())
	}
	return b.String()
}

// overInput settles what rows are neighbours and in which order they stand.
func (ch *chain) overInput(e *ast.OverExpr, g *overGroup) bool {
	at := e.Frame.Span
	if ch.in.Kind == types.Changes {
		d := ch.m.c.report("E0312", at, "`over` compares rows that stay as they are, and this stream changes rows it has already sent", "")
		if ch.changesAt.Known() {
			d.Label(ch.changesAt, "becomes a changes stream here")
		}
		d.Fix(diag.Choose, "work on final rows", "|> window tumbling 1h   (before the aggregate)").
			Fix(diag.Choose, "work on a log of the changes", "|> changes |> ...")
		return false
	}
	per, names, ok := ch.keys(e.Frame.Per)
	by, okBy := ch.orders(e.Frame.By)
	if !ok || !okBy {
		return false
	}
	op := g.op
	op.Per, op.By, g.names = per, by, names
	for i, p := range e.Frame.Per {
		if g.names[i] == "" {
			g.names[i] = oneLine(p.Pos().Text())
		}
	}
	switch {
	case ch.in.Window != nil:
		op.Windowed = true
		if op.Lateness, op.AtOnce, ok = ch.inWindow(at, "over"); !ok {
			return false
		}
		ch.windowPerKeys(at, &op.Per, &g.names)
	case len(by) > 0 && ch.in.Bounded:
		op.Whole = true
	case len(by) > 0:
		ch.m.c.report("E0514", e.Frame.By[0].Pos(), "a stream that never ends cannot be put into another order than that of time", "").
			Because("A row that comes first in this order may be the last one to arrive.").
			Fix(diag.Choose, "the order of time", "leave `by` out").
			Fix(diag.Choose, "this order in each period", "|> window tumbling 1h   (before this stage)")
		return false
	case ch.in.Time == types.NoTime:
		ch.m.noTime(ch.in, at, "`over`")
		return false
	default:
		op.LateTo = ch.behindTarget()
	}
	return true
}

// behindTarget is where rows go that are behind: the topic's late target; nil is the
// error topic (SEMANTICS 36).
func (ch *chain) behindTarget() *ir.Target {
	switch ch.in.LateTo {
	case "":
		return nil
	case dropName:
		return &ir.Target{Drop: true}
	}
	return &ir.Target{Topic: ch.in.LateTo}
}

// overFrame reads the frame.
func (ch *chain) overFrame(e *ast.OverExpr, c *ir.OverCall, g *overGroup) bool {
	f := e.Frame
	c.Frame.Next = f.Next
	if f.Size == nil {
		return true
	}
	word := "last"
	if f.Next {
		word = "next"
	}
	if !f.Rows {
		return ch.overSpan(e, word, c)
	}
	n, ok := ch.count(f.Size, word, 1)
	c.Frame.Rows = n
	return ok
}

// overSpan reads the duration of a frame.
func (ch *chain) overSpan(e *ast.OverExpr, word string, c *ir.OverCall) bool {
	size := e.Frame.Size
	if lit, isInt := unparen(size).(*ast.IntLit); isInt {
		end := size.Pos()
		end.Start = end.End
		ch.m.c.report("E0509", size.Pos(), "`"+word+"` takes a duration or a number of rows", "").
			Fix(diag.Choose, "rows", word+" "+lit.Text+" rows", diag.Edit{Span: end, Text: " rows"}).
			Fix(diag.Choose, "minutes", word+" "+lit.Text+"m", diag.Edit{Span: end, Text: "m"})
		return false
	}
	d, ok := ch.constants().duration(size, "the length after `"+word+"`")
	if !ok {
		return false
	}
	c.Frame.Span = d
	switch {
	case d <= 0:
		ch.m.c.report("E0508", size.Pos(), "`"+word+"` must be longer than nothing", "")
	case len(e.Frame.By) > 0:
		ch.m.c.report("E0242", size.Pos(), "a frame of time needs the order of time", "").
			Label(e.Frame.By[0].Pos(), "this is another order").
			Fix(diag.Choose, "a number of rows", word+" 10 rows").
			Fix(diag.Choose, "the order of time", "leave `by` out")
	case ch.in.Time == types.NoTime:
		ch.m.noTime(ch.in, e.Frame.Span, "`"+word+" "+size.Pos().Text()+"`")
	default:
		return true
	}
	return false
}

// overAggregate checks an aggregate over a frame. The row itself is in its frame, so
// that a frame is never empty.
func (ch *chain) overAggregate(agg *sig.Aggregate, e *ast.CallExpr, c *ir.OverCall, g *overGroup) bool {
	row := ch.scope()
	b := row.resolve(agg.Overloads, e, nil)
	if b == nil {
		ch.m.noOverload(agg.Name, agg.Overloads, e, row.lastArgTypes)
		return false
	}
	if b.zoneless {
		row.needsZone(e)
	}
	if b.broken {
		return false
	}
	o := agg.Overloads[b.overload]
	c.Overload, c.Args, c.T = b.overload, b.args, aggResult(agg, &o, b, false)
	if agg.Growing == "" || !c.Frame.All() || g.op.Windowed || ch.in.Bounded {
		return true
	}
	ch.m.c.report("E0501", e.Span, "`"+agg.Name+"` over all rows so far would keep every value, for ever", "").
		Because(agg.Growing+".").
		Fix(diag.Choose, "of a time", "... over (... last 1h)").
		Fix(diag.Choose, "of some rows", "... over (... last 100 rows)").
		Fix(diag.Choose, "per period", "|> window tumbling 1h   (before this stage)")
	return false
}

// overBound describes what a stage of neighbours keeps.
func overBound(in *types.Stream, g *overGroup) string {
	keys := "1"
	if len(g.names) > 0 {
		keys = "|" + strings.Join(g.names, ", ") + "|"
	}
	if g.op.Windowed || g.op.Whole {
		return "all rows of the window or input"
	}
	var span time.Duration
	rows := int64(1)
	for _, c := range g.op.Calls {
		span, rows = max(span, c.Frame.Span), max(rows, c.Frame.Rows, c.N)
	}
	text := keys + " x " + strconv.FormatInt(rows, 10)
	if span > 0 {
		text = "rows/s x " + durationText(span)
		if !overExpires(g.op) {
			text += " + " + keys + " x " + strconv.FormatInt(rows, 10)
		}
	}
	if in.Bounded {
		text += " of a bounded input"
	}
	return text
}

// overExpires reports that what is known of a key is forgotten once time has passed
// its rows.
func overExpires(op *ir.Over) bool {
	for _, c := range op.Calls {
		if c.Frame.Span == 0 {
			return false
		}
	}
	return true
}

// overKeeps settles whether a stage keeps something of every key for ever; that is
// allowed, as it is one value or a few rows, and listed by explain.
func (ch *chain) overKeeps(op *ir.Over) {
	if op.Windowed || op.Whole || ch.in.Bounded || overExpires(op) || op.Calls[0].Ahead() {
		return
	}
	if !ch.fewKeys(op.Per) {
		op.Keep = ir.KeepForever
	}
}

// overOutside refuses `over` where no stage can be put before.
func (s *scope) overOutside(e *ast.OverExpr) {
	name := aggName(unparen(e.X))
	let := "let " + name + " = " + oneLine(e.Span.Text())
	d := s.m.c.report("E0240", e.Frame.Span, "`over` stands in `select`, `extend` and `let`, and not inside another `over`", "").
		Because("It compares each row with its neighbours before the stage it stands in begins.")
	if s.in == nil || s.stage.File != e.Span.File {
		d.Fix(diag.Choose, "compute it in the pipeline", "|> "+let)
		return
	}
	d.Fix(diag.Choose, "compute it above", "|> "+let, stageAbove(s.stage, let), diag.Edit{Span: e.Span, Text: name})
}
