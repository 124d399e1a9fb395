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

func (ch *chain) aggregate(st *ast.AggStage) {
	if ch.in.Broken {
		return
	}
	op := &ir.Aggregate{Emit: "updates"}
	keep, own := ch.stageKeep(st.Keep)
	ch.settleKeys(st.Span, own)
	op.Keep, op.Input = keep, ch.replaced()
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
		t.Forgets, t.Remembered, t.Named = forgetsAfter(op.Keep, op.Periods), 0, ch.boundNames(op.By)
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

// mustKeep refuses a stage outside windows that does not say how long it keeps keys of
// which there can be any number.
func (ch *chain) mustKeep(e ast.Expr, windowed bool, at source.Span, word, example string, keyed bool) {
	if e != nil || windowed || ch.in.Bounded || !keyed {
		return
	}
	at.End = min(at.End, at.Start+len(word))
	ch.m.c.report("E0501", at, "this `"+word+"` would keep rows for every key, for ever", "unlimited number of keys").
		Because(`there is no window above and no "keep", so old keys can never be forgotten.`).
		Fix(diag.Choose, "per period", `|> window tumbling 1h   (put it before "`+word+`")`).
		Fix(diag.Choose, "forget idle ones", example).
		Fix(diag.Choose, "I want this", strings.Replace(example, "7d", "forever", 1)+"   (listed by edyc explain)")
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
		t.Kind, t.Key, t.Window, t.Name, t.Forgets, t.Sizes, t.Periods = types.Append, nil, nil, "", 0, nil, nil
		t.Columns = []types.Column{{Name: "op", Type: types.TString}, {Name: "before", Type: rec}, {Name: "after", Type: rec},
			{Name: "at", Type: types.TTimestamp.OrNull()}}
	})
	ch.add(&ir.Changes{}, t, st.Span)
}
