package check

import (
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

func (ch *chain) top(st *ast.TopStage) {
	if ch.in.Broken {
		return
	}
	op := &ir.Top{Ties: st.Ties}
	keep, own := ch.stageKeep(st.Keep)
	ch.settleKeys(st.Span, own)
	op.Keep, op.Input = keep, ch.replaced()
	n, ok := ch.count(st.N, "top", 1)
	if !ok {
		ch.broken()
		return
	}
	op.N = n
	by, okBy := ch.orders(st.By)
	per, names, okPer := ch.keys(st.Per)
	if !okBy || !okPer {
		ch.broken()
		return
	}
	op.By, op.Per, op.PerNames = by, per, names
	if ch.in.Window != nil {
		op.Windowed = true
		if op.Lateness, op.AtOnce, ok = ch.inWindow(st.Span, "top"); !ok {
			ch.broken()
			return
		}
		op.Find = ch.finds()
		op.Emit, op.EmitEvery = ch.ticks(op.Find)
		ch.windowPerKeys(st.Span, &op.Per, &op.PerNames)
	}
	ch.mustKeep(st.Keep, op.Windowed, st.Span, "top", "|> top "+st.N.Pos().Text()+" by ... keep 7d", !ch.fewKeys(op.Per) || op.Input != nil && !ch.finiteKey())
	op.Periods = ch.periods(op.Per, op.Keep)
	key := op.PerNames
	if st.Rank != nil {
		op.Rank = st.Rank.Name
		if _, exists := ch.in.Column(op.Rank); exists {
			ch.m.c.report("E0211", st.Rank.Span, `there is a column "`+op.Rank+`" already`, "")
		}
		key = append(append([]string(nil), key...), op.Rank)
	}
	switch {
	case op.Input != nil:
		key = foundKey(op.Input.Key, op.Find)
	case op.Ties || op.Rank == "" && op.N > 1:
		key = nil // the whole row: ranks may be shared
	}
	t := ch.with(func(t *types.Stream) {
		if op.Rank != "" {
			t.Columns = append(append([]types.Column(nil), t.Columns...), types.Column{Name: op.Rank, Type: types.TLong})
			t.Name = ""
		}
		t.BoundText, t.Forgets, t.Remembered = ch.topBound(op), forgetsAfter(op.Keep, op.Periods), 0
		closed(t)
		ch.changed(t, op.Windowed && op.Input == nil, key, st.Span, "top")
	})
	ch.add(op, t, st.Span)
}

// changed makes the result of a stage outside windows a changes stream.
func (ch *chain) changed(t *types.Stream, windowed bool, key []string, at source.Span, word string) {
	if windowed {
		return
	}
	if t.Kind != types.Changes {
		at.End = min(at.End, at.Start+len(word))
		ch.changesAt = at
	}
	t.Kind = types.Changes
	t.Key = nil
	for _, k := range key {
		if k == "" {
			t.Key = nil // an expression: the whole row identifies itself
			return
		}
		t.Key = append(t.Key, k)
	}
}

func (ch *chain) latest(st *ast.LatestStage) {
	if ch.in.Broken {
		return
	}
	by, names, ok := ch.keys(st.By)
	if !ok {
		ch.broken()
		return
	}
	if ch.in.Time == types.NoTime {
		at := st.Span
		at.End = min(at.End, at.Start+len("latest"))
		ch.m.noTime(ch.in, at, "latest")
		ch.broken()
		return
	}
	op := &ir.Latest{By: by}
	keep, own := ch.stageKeep(st.Keep)
	ch.settleKeys(st.Span, own)
	op.Keep, op.Input = keep, ch.replaced()
	if ch.in.Window != nil {
		op.Windowed = true
		if op.Lateness, op.AtOnce, ok = ch.inWindow(st.Span, "latest"); !ok {
			ch.broken()
			return
		}
		op.Find = ch.finds()
		op.Emit, op.EmitEvery = ch.ticks(op.Find)
		ch.windowPerKeys(st.Span, &op.By, &names)
	}
	ch.mustKeep(st.Keep, op.Windowed, st.Span, "latest", "|> latest by "+strings.Join(names, ", ")+" keep 7d", !ch.fewKeys(op.By))
	op.Periods = ch.periods(op.By, op.Keep)
	t := ch.with(func(t *types.Stream) {
		bound := ch.rowsBound(op.Input, ch.sizes(op.By, names), op.Windowed, op.Keep)
		t.BoundText, t.Forgets, t.Remembered = behindTime(bound, op.Keep, op.Periods), forgetsAfter(op.Keep, op.Periods), 0
		closed(t)
		key := names
		if op.Windowed {
			key = foundKey(append(append([]string(nil), names...), types.WindowStart, types.WindowEnd), op.Find)
		}
		ch.changed(t, op.Windowed && op.Input == nil, key, st.Span, "latest")
		if !op.Windowed && !keyedByWindow(t) { // the windows of rows above tell none apart here
			t.Columns = withoutWindow(t.Columns)
		}
	})
	ch.add(op, t, st.Span)
}

// dedup serves `distinct` too, which is dedup by the whole row in a window.
func (ch *chain) dedup(byExprs []ast.Expr, within ast.Expr, st ast.Stage, word string) {
	if ch.in.Broken {
		return
	}
	if len(byExprs) == 1 {
		if n, ok := byExprs[0].(*ast.Name); ok && n.Name == "*" {
			byExprs = nil
		}
	}
	by, names, ok := ch.keys(byExprs)
	if !ok || !ch.appendOnly(st, word) {
		ch.broken()
		return
	}
	if within == nil {
		defer ch.whole(st.Pos())()
	}
	at := st.Pos()
	at.End = min(at.End, at.Start+len(word))
	op := &ir.Dedup{By: by}
	if byExprs == nil {
		for _, c := range ch.in.Visible() {
			op.By = append(op.By, columnOf(c, at))
			ok = ch.mustBeKey(op.By[len(op.By)-1]) && ok
		}
		names = []string{"row"}
	}
	switch {
	case within != nil:
		op.Within, _ = ch.constants().duration(within, "within")
		if ch.in.Time == types.NoTime {
			ch.m.noTime(ch.in, at, "dedup within")
			ok = false
		}
	case ch.in.Window != nil:
		var fine bool
		op.Windowed = true
		op.Lateness, op.AtOnce, fine = ch.inWindow(at, word)
		ok = ok && fine
		if byExprs != nil {
			ch.windowPerKeys(at, &op.By, &names)
		}
	case !ch.in.Bounded:
		ch.unboundedDedup(at, word, st)
		ok = false
	}
	if !ok {
		ch.broken()
		return
	}
	keys := size{text: "|row|", infinite: true}
	if byExprs != nil {
		keys = ch.sizes(op.By, names)
	}
	bound := ch.stateBound(keys, op.Windowed, op.Within)
	ch.add(op, ch.with(func(t *types.Stream) {
		t.BoundText = bound
		if op.Windowed {
			closed(t)
		}
	}), st.Pos())
}

func (ch *chain) unboundedDedup(at source.Span, word string, st ast.Stage) {
	text := st.Pos().Text()
	if word == "distinct" {
		text = "dedup by *"
	}
	ch.m.c.report("E0505", at, "`"+word+"` without `within` would remember every key for ever", "").
		Because("Nothing here says after what time a row counts as new again.").
		Fix(diag.Choose, "for a time", "|> "+text+" within 24h").
		Fix(diag.Choose, "per period", "|> window tumbling 1h |> "+text, stageAbove(st.Pos(), "window tumbling 1h"))
}

func (ch *chain) sort(st *ast.SortStage) {
	by, ok := ch.orders(st.By)
	if ch.in.Broken {
		return
	}
	if !ok || !ch.appendOnly(st, "sort") {
		ch.broken()
		return
	}
	ch.limitedBefore(st)
	op := &ir.Sort{By: by}
	if ch.in.Window != nil {
		op.Windowed = true
		if op.Lateness, op.AtOnce, ok = ch.inWindow(st.Span, "sort"); !ok {
			ch.broken()
			return
		}
		op.By = ch.perOrders(by, st.Span)
	} else if !ch.in.Bounded {
		at := st.Span
		at.End = min(at.End, at.Start+len("sort"))
		ch.m.c.report("E0325", at, "a stream that never ends cannot be sorted as a whole", "").
			Fix(diag.Choose, "sort each period", "|> window tumbling 1h |> sort by ...").
			Fix(diag.Choose, "keep the first few of each period", "|> window tumbling 1h |> top 10 by ...")
		ch.broken()
		return
	}
	ch.add(op, ch.with(func(t *types.Stream) {
		t.BoundText = "all rows of the window or input"
		closed(t)
	}), st.Span)
}

func (ch *chain) limit(st *ast.LimitStage) {
	n, ok := ch.count(st.N, "limit", 0)
	if !ok {
		ch.broken()
		return
	}
	if !ch.in.Broken && !ch.appendOnly(st, "limit") {
		ch.broken()
		return
	}
	ch.add(&ir.Limit{N: n}, ch.with(func(t *types.Stream) {}), st.Span)
}

// count is how many rows a stage keeps: a whole number that is known beforehand.
func (ch *chain) count(e ast.Expr, word string, least int64) (int64, bool) {
	x := ch.scope().expr(e, types.TLong)
	if isUnknown(x) {
		return 0, false
	}
	v, known := ch.m.c.evalConst(x)
	n, isInt := v.(int64)
	switch {
	case !known:
		ch.m.c.report("E0317", e.Pos(), "`"+word+"` needs a number that is known before the program runs", "this is "+article(x.Type())+" of each row")
	case !isInt || !x.Type().IsInteger():
		ch.m.c.report("E0317", e.Pos(), "`"+word+"` counts rows, and this is "+article(x.Type()), "")
	case n < least:
		ch.m.c.report("E0317", e.Pos(), "`"+word+"` needs a whole number from "+strconv.FormatInt(least, 10), "")
	default:
		return n, true
	}
	return 0, false
}

func (ch *chain) sample(st *ast.SampleStage) {
	x := ch.scope().coerced(st.Fraction, types.TDouble, "the fraction")
	v, _ := ch.m.c.evalConst(x)
	f, ok := v.(float64)
	if !ok || f < 0 || f > 1 {
		if !isUnknown(x) {
			ch.m.c.report("E0317", st.Fraction.Pos(), "sample needs the fraction to keep, from 0.0 to 1.0", "")
		}
		ch.broken()
		return
	}
	by, _, okBy := ch.keys(st.By)
	if !okBy {
		ch.broken()
		return
	}
	op := &ir.Sample{Fraction: f, By: by, Replaces: replaces(ch.in, by...) || len(by) == 0 && startsAnew(ch.in)}
	ch.add(op, ch.with(func(t *types.Stream) {}), st.Span)
	if op.Replaces {
		ch.keepChosen(st.Span)
	}
}
