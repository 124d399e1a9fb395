package check

import (
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

func (ch *chain) keyBy(st *ast.KeyStage) {
	op := &ir.KeyBy{}
	for _, e := range st.Keys {
		x := ch.scope().expr(e, nil)
		ch.mustBeKey(x)
		if p := pathOf(x); p != "" {
			op.Keys = append(op.Keys, p)
		}
	}
	if ch.in.Kind == types.Changes {
		for _, k := range ch.in.Key {
			if indexOf(op.Keys, k) < 0 && !strings.HasPrefix(k, "$") {
				ch.m.c.report("E0313", st.Span, `the key of a changes stream must contain "`+k+`", which identifies its rows`, "")
			}
		}
		ch.add(op, ch.with(func(*types.Stream) {}), st.Span)
		return
	}
	ch.add(op, ch.with(func(t *types.Stream) { t.Key = op.Keys }), st.Span)
}

// mustBeKey reports types that cannot identify anything.
func (ch *chain) mustBeKey(x ir.Expr) bool {
	if x.Type().IsKey() {
		return true
	}
	ch.m.c.report("E0318", x.Span(), article(x.Type())+" cannot be compared, so it cannot be a key", x.Type().String())
	return false
}

func (ch *chain) time(st *ast.TimeStage) {
	x := ch.scope().expr(st.Time, types.TTimestamp)
	d, ok := ch.constants().duration(st.Watermark, "watermark")
	if k := x.Type().Kind; k != types.Timestamp && k != types.Unknown {
		dg := ch.m.c.report("E0301", st.Time.Pos(), "the time of a row is a timestamp, and this is "+article(x.Type()), "")
		timeFix(dg, x)
		ok = false
	}
	if ch.in.Kind == types.Changes {
		ch.m.c.report("E0312", st.Span, "rows of a changes stream keep the time of the row that changed them", "")
		ok = false
	}
	if !ok || isUnknown(x) {
		ch.broken()
		return
	}
	t := ch.with(func(t *types.Stream) {
		t.Time, t.TimeOf, t.Delay, t.Complete, t.Sizes, t.Periods = types.EventTime, pathOf(x), d, false, nil, nil
		t.Derived = false
	})
	ch.add(&ir.Time{Expr: x, Delay: d}, t, st.Span)
}

// timeFix offers ways to make a timestamp.
func timeFix(d *diag.Diagnostic, x ir.Expr) {
	text := x.Span().Text()
	switch {
	case x.Type().IsInteger():
		d.Fix(diag.Choose, "it counts milliseconds", "from_epoch_ms("+text+")").Fix(diag.Choose, "it counts seconds", "from_epoch_s("+text+")")
	case x.Type().Kind == types.String:
		d.Fix(diag.Choose, "it is RFC 3339, such as 2026-01-31T10:00:00Z", "timestamp("+text+")!").
			Fix(diag.Choose, "it has another pattern", "parse_time("+text+`, "yyyy-MM-dd HH:mm:ss", "UTC")!`)
	}
}

func (ch *chain) aggregate(st *ast.AggStage) {
	if ch.in.Broken {
		return
	}
	settled := ch.settleKeys(st.Span)
	op := &ir.Aggregate{Emit: "updates", Input: ch.replaced()}
	ok := true
	if w := ch.in.Window; w != nil {
		op.Windowed, op.Emit, op.EmitEvery, op.Find = true, w.Emit, w.EmitEvery, ch.finds()
		op.Lateness, op.AtOnce, ok = ch.inWindow(st.Span, "aggregate")
	}
	r := &row{}
	ok = ch.groupBy(st, op, r) && ok
	ok = ch.aggItems(st, op, r) && ok
	if ok && op.Windowed {
		ok = ch.fill(st, op, r)
	}
	if !ok {
		ch.broken()
		return
	}
	if op.Windowed {
		ch.keepWindow(r, st.Span)
	}
	if op.Find != nil && op.Find.Kind == ir.WindowRows {
		r.cols = append(r.cols, types.Column{Name: types.WindowNumber, Type: types.TLong, Hidden: true})
	}
	keys := make([]string, len(op.By))
	for i, b := range op.By {
		keys[i] = b.Name
	}
	ch.aggKeep(st, op, keys)
	keepSettled(settled, op.Keep)
	ch.finishAggregate(st, op, r, keys)
}

// replaced says how the rows of a changes stream are told apart, nil for an append
// stream.
func (ch *chain) replaced() *ir.Replaced {
	if ch.in.Kind != types.Changes {
		return nil
	}
	return &ir.Replaced{Key: ch.in.Key}
}

func (ch *chain) finishAggregate(st *ast.AggStage, op *ir.Aggregate, r *row, keys []string) {
	bound := ch.aggregateBound(op)
	t := ch.with(func(t *types.Stream) {
		t.Columns, t.Key, t.Name = r.cols, keys, ""
		if t.Window != nil {
			t.Key = append(append([]string(nil), keys...), types.WindowStart, types.WindowEnd)
		}
		switch {
		case op.Find == nil:
		case op.Find.Kind == ir.WindowSession: // it is the same one when its end moves
			t.Key = append(append([]string(nil), keys...), types.WindowStart)
		case op.Find.Kind == ir.WindowRows: // both its bounds may move
			t.Key = append(append([]string(nil), keys...), types.WindowNumber)
		}
		closed(t)
		if !op.Windowed || op.Emit != "final" {
			t.Kind = types.Changes
		}
		t.Restarts, t.Named = forgets(op.Keep, op.Periods), ch.boundNames(op.By)
		t.Sizes, t.Periods = ch.sizesAfter(op.By), ch.expiring(op.By)
		t.Lateness, t.LateTo = 0, ""
		t.BoundText = bound
	})
	if t.Kind == types.Changes && ch.in.Kind != types.Changes {
		at := st.Span
		at.End = min(at.End, at.Start+len("aggregate"))
		ch.changesAt = at
	}
	ch.add(op, t, st.Span)
}

// forgets reports keys that start anew, after `keep` or behind their periods.
func forgets(keep time.Duration, periods []ir.Period) bool {
	return keep > 0 && keep != ir.KeepForever || len(periods) > 0
}

// groupBy checks the by items; `per` columns of the window come first.
func (ch *chain) groupBy(st *ast.AggStage, op *ir.Aggregate, r *row) bool {
	ok := true
	if ch.in.Window != nil {
		for _, name := range ch.in.Window.Per {
			if c, found := ch.in.Column(name); found {
				op.By = append(op.By, ir.Item{Name: name, Expr: columnOf(c, st.Span)})
				r.add(name, columnOf(c, st.Span), false, st.Span)
			}
		}
	}
	for _, b := range st.By {
		x := ch.scope().expr(b.Expr, nil)
		if isUnknown(x) {
			ok = false
			continue
		}
		name := ch.itemName(b, x)
		ok = ch.mustBeKey(x) && name != "" && ok
		if ch.in.Window != nil && indexOf(ch.in.Window.Per, name) >= 0 {
			continue
		}
		op.By = append(op.By, ir.Item{Name: name, Expr: x})
		ch.addNew(r, name, x, b.Span)
	}
	return ok
}

func (ch *chain) aggItems(st *ast.AggStage, op *ir.Aggregate, r *row) bool {
	ok := true
	// The one group without `by` stays when its last row is taken back (SEMANTICS 76).
	aggs := &aggregates{mayHaveNone: op.Input != nil && !op.Windowed && len(op.By) == 0}
	for _, item := range st.Items {
		rowScope := ch.scope()
		aggs.where = nil
		if item.Where != nil {
			aggs.where = rowScope.condition(item.Where, "where")
			known, _ := factsOf(aggs.where)
			rowScope = rowScope.withFacts(known)
		}
		aggs.row = rowScope
		s := ch.scope()
		s.aggs = aggs
		before := len(aggs.calls)
		x := s.expr(item.Expr, nil)
		if isUnknown(x) {
			ok = false
			continue
		}
		if item.Name == nil {
			ch.nameless(item.NamedExpr)
			ok = false
			continue
		}
		if len(aggs.calls) == before {
			ch.noAggregate(&item)
			ok = false
			continue
		}
		op.Items = append(op.Items, ir.Item{Name: item.Name.Name, Expr: x})
		ch.addNew(r, item.Name.Name, x, item.Span)
	}
	op.Aggs = aggs.calls
	return ok
}

// aggKeep settles how long groups outside windows are kept (TYPES 4.5).
func (ch *chain) aggKeep(st *ast.AggStage, op *ir.Aggregate, keys []string) {
	if st.Keep != nil {
		op.Keep = ch.keep(st.Keep, op.Windowed)
	}
	op.Periods = ch.periods(exprsOf(op.By), op.Keep)
	if st.Keep != nil || op.Windowed || ch.in.Bounded || ch.finiteKeys(op.By) {
		return
	}
	at, what, kind := st.Span, `every group`, ""
	for i, b := range op.By {
		if _, few := ch.sizeOf(b.Expr); !few {
			kind = b.Expr.Type().String()
			at, what = b.Expr.Span(), `every "`+keys[i]+`"`
			break
		}
	}
	list := st.By[0].Span.Join(st.By[len(st.By)-1].Span)
	text := oneLine(list.Text())
	list.Start = list.End
	ch.m.c.report("E0501", at, "this aggregate would keep one row for "+what+", for ever", "unlimited number of values ("+kind+")").
		Because(`there is no window above and no "keep", so old groups can never be forgotten.`).
		Fix(diag.Choose, "per period", `|> window tumbling 1h   (put it before "aggregate")`, stageAbove(st.Span, "window tumbling 1h")).
		Fix(diag.Choose, "forget idle ones", "... by "+text+" keep 30d", diag.Edit{Span: list, Text: " keep 30d"}).
		Fix(diag.Choose, "I want this", "... by "+text+" keep forever   (listed by edyc explain)", diag.Edit{Span: list, Text: " keep forever"})
}

// keep reads `keep d` or `keep forever`.
func (ch *chain) keep(e ast.Expr, windowed bool) time.Duration {
	if windowed {
		ch.m.c.report("E0512", e.Pos(), "`keep` has no meaning in a window", "").
			Because("What a window holds is forgotten when it closes.").
			Fix(diag.Choose, "leave it out", "", diag.Edit{Span: withWord(e.Pos(), "keep")})
		return 0
	}
	if n, ok := e.(*ast.Name); ok && n.Name == "forever" {
		return ir.KeepForever
	}
	d, _ := ch.constants().duration(e, "keep")
	return d
}

func (ch *chain) orders(by []ast.Order) ([]ir.Order, bool) {
	var out []ir.Order
	ok := true
	for _, o := range by {
		x := ch.scope().expr(o.Expr, nil)
		if isUnknown(x) {
			ok = false
			continue
		}
		if !x.Type().IsOrdered() {
			ch.m.c.report("E0302", o.Expr.Pos(), article(x.Type())+" cannot be put in order", x.Type().String())
			ok = false
			continue
		}
		out = append(out, ir.Order{Expr: x, Desc: o.Desc})
	}
	return out, ok
}

func (ch *chain) keys(exprs []ast.Expr) (xs []ir.Expr, names []string, ok bool) {
	ok = true
	for _, e := range exprs {
		x := ch.scope().expr(e, nil)
		if isUnknown(x) {
			ok = false
			continue
		}
		ok = ch.mustBeKey(x) && ok
		xs = append(xs, x)
		if c, isColumn := x.(*ir.Column); isColumn {
			names = append(names, c.Name)
		} else {
			names = append(names, "")
		}
	}
	return xs, names, ok
}

func (ch *chain) top(st *ast.TopStage) {
	if ch.in.Broken {
		return
	}
	settled := ch.settleKeys(st.Span)
	op := &ir.Top{Ties: st.Ties, Input: ch.replaced()}
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
		ch.windowPerKeys(st.Span, &op.Per, &op.PerNames)
	}
	ch.stateKeep(st.Keep, &op.Keep, op.Windowed, st.Span, "top", "|> top "+st.N.Pos().Text()+" by ... keep 7d", !ch.fewKeys(op.Per) || op.Input != nil && !ch.finiteKey())
	op.Periods = ch.periods(op.Per, op.Keep)
	keepSettled(settled, op.Keep)
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
		key = op.Input.Key
	case op.Ties || op.Rank == "" && op.N > 1:
		key = nil // the whole row: ranks may be shared
	}
	t := ch.with(func(t *types.Stream) {
		if op.Rank != "" {
			t.Columns = append(append([]types.Column(nil), t.Columns...), types.Column{Name: op.Rank, Type: types.TLong})
			t.Name = ""
		}
		t.BoundText, t.Restarts = ch.topBound(op), forgets(op.Keep, op.Periods)
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

// windowPerKeys adds the window's own `per` columns to a grouping.
func (ch *chain) windowPerKeys(at source.Span, per *[]ir.Expr, names *[]string) {
	for _, name := range ch.in.Window.Per {
		if c, ok := ch.in.Column(name); ok && indexOf(*names, name) < 0 {
			*per = append(*per, columnOf(c, at))
			*names = append(*names, name)
		}
	}
}

// appendOnly refuses changes input for stages that let each row through once.
func (ch *chain) appendOnly(st ast.Stage, word string) bool {
	if ch.in.Kind != types.Changes {
		return true
	}
	d := ch.m.c.report("E0312", firstWord(st.Pos(), word), "`"+word+"` needs rows that stay as they are, and this stream changes rows it has already sent", "").
		Because("What this stage let through could not be taken back when the row it was made of is replaced.")
	where := "above"
	if ch.changesAt.Known() {
		d.Label(ch.changesAt, "becomes a changes stream here")
		where = `before "` + oneLine(ch.changesAt.Text()) + `"`
	}
	d.Fix(diag.Choose, "work on final rows", "|> window tumbling 1h   (put it "+where+")").
		Fix(diag.Choose, "work on a log of the changes", "|> changes |> "+word+" ...")
	return false
}

// stateKeep settles how long a stage outside windows keeps its keys.
func (ch *chain) stateKeep(e ast.Expr, keep *time.Duration, windowed bool, at source.Span, word, example string, keyed bool) {
	if e != nil {
		*keep = ch.keep(e, windowed)
		return
	}
	if windowed || ch.in.Bounded || !keyed {
		return
	}
	at.End = min(at.End, at.Start+len(word))
	ch.m.c.report("E0501", at, "this `"+word+"` would keep rows for every key, for ever", "unlimited number of keys").
		Because(`there is no window above and no "keep", so old keys can never be forgotten.`).
		Fix(diag.Choose, "per period", `|> window tumbling 1h   (put it before "`+word+`")`).
		Fix(diag.Choose, "forget idle ones", example).
		Fix(diag.Choose, "I want this", strings.Replace(example, "7d", "forever", 1)+"   (listed by edyc explain)")
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
	settled := ch.settleKeys(st.Span)
	op := &ir.Latest{By: by, Input: ch.replaced()}
	if ch.in.Window != nil {
		op.Windowed = true
		if op.Lateness, op.AtOnce, ok = ch.inWindow(st.Span, "latest"); !ok {
			ch.broken()
			return
		}
		ch.windowPerKeys(st.Span, &op.By, &names)
	}
	ch.stateKeep(st.Keep, &op.Keep, op.Windowed, st.Span, "latest", "|> latest by "+strings.Join(names, ", ")+" keep 7d", !ch.fewKeys(op.By))
	op.Periods = ch.periods(op.By, op.Keep)
	keepSettled(settled, op.Keep)
	t := ch.with(func(t *types.Stream) {
		bound := ch.rowsBound(op.Input, ch.sizes(op.By, names), op.Windowed, op.Keep)
		t.BoundText, t.Restarts = behindTime(bound, op.Keep, op.Periods), forgets(op.Keep, op.Periods)
		closed(t)
		key := names
		if op.Windowed {
			key = append(append([]string(nil), names...), types.WindowStart, types.WindowEnd)
		}
		ch.changed(t, op.Windowed && op.Input == nil, key, st.Span, "latest")
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
	ch.add(&ir.Sample{Fraction: f, By: by}, ch.with(func(t *types.Stream) {}), st.Span)
}

func (ch *chain) changes(st *ast.ChangesStage) {
	if ch.in.Broken {
		return
	}
	if ch.in.Kind != types.Changes {
		ch.m.c.report("E0312", st.Span, "`changes` turns a changes stream into a log of its changes, and this stream only appends", "").
			Fix(diag.Choose, "leave it out", "")
		ch.broken()
		return
	}
	rec := (&types.Type{Kind: types.Record, Fields: ch.in.Row().Fields}).OrNull()
	t := ch.with(func(t *types.Stream) {
		t.Kind, t.Key, t.Window, t.Name, t.Restarts, t.Sizes, t.Periods = types.Append, nil, nil, "", false, nil, nil
		t.Columns = []types.Column{{Name: "op", Type: types.TString}, {Name: "before", Type: rec}, {Name: "after", Type: rec},
			{Name: "at", Type: types.TTimestamp.OrNull()}}
	})
	ch.add(&ir.Changes{}, t, st.Span)
}
