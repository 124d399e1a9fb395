package check

import (
	"slices"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// inWindow is what a stage that works within windows is told of the window: how long
// after its end it is settled, and whether it closes with its rows. false when the
// stage cannot work in it.
func (ch *chain) inWindow(at source.Span, word string) (lateness time.Duration, atOnce, ok bool) {
	w := ch.in.Window
	if !ch.hasPer(at, word) {
		return 0, false, false
	}
	if ch.refined() && !ch.findsWindows(word) {
		kind := w.Kind + " window"
		ch.m.c.report("E0522", firstWord(at, word), "`"+word+"` in a "+kind+" needs the whole window, and this one is shown before it is complete", "").
			Because("Which rows are in a "+kind+" is known when it is complete; of rows that only come `aggregate` alone shows what there is so far.").
			Fix(diag.Choose, "complete windows", "leave `emit "+w.Emit+"` out of the window stage")
		return 0, false, false
	}
	if w.Kind == ir.WindowRows && w.Emit != "final" && !ch.refined() {
		ch.m.c.report("E0522", firstWord(at, word), "`"+word+"` in a rows window needs its rows together, and they are shown one by one", "").
			Because("Such a window is full when its last row has come, which no watermark says.").
			Fix(diag.Choose, "leave the window", "|> window none |> "+word+" ...").
			Fix(diag.Choose, "full windows", "leave `emit "+w.Emit+"` out of the window stage")
		return 0, false, false
	}
	if w.Kind == ir.WindowRows && w.Apart {
		ch.m.c.report("E0522", firstWord(at, word), "`"+word+"` in a rows window needs its rows together, and the asof join above lets each go by its own time", "").
			Because("An asof join finds the same for a row above the window as in it.").
			Fix(diag.Choose, "full windows", "put the asof join above the window stage").
			Fix(diag.Choose, "leave the window", "|> window none |> "+word+" ...")
		return 0, false, false
	}
	return windowWaits(w), w.Kind == ir.WindowRows && w.Emit == "final", true
}

// findsWindows tells that a stage finds the windows of its rows itself: an aggregate, and
// over a changes stream those that show some of its rows.
func (ch *chain) findsWindows(word string) bool {
	switch word {
	case "aggregate":
		return true
	case "top", "latest", "join":
		return ch.in.Kind == types.Changes
	}
	return false
}

// foundKey is the key of rows in windows that a stage finds. A session is the same one
// when its end moves. What is shown at ticks has not left one window when it is in another,
// so that each window is told apart by `per`, too.
func foundKey(key []string, find *ir.Window) []string {
	if find == nil || len(key) == 0 {
		return key
	}
	out := slices.Clone(key)
	if find.Kind == ir.WindowSession {
		out = slices.DeleteFunc(out, func(k string) bool { return k == types.WindowEnd })
	}
	for _, p := range find.Per {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// hasPer reports the columns of `per` that a stage in between has dropped.
func (ch *chain) hasPer(at source.Span, word string) bool {
	for _, name := range ch.in.Window.Per {
		if _, ok := ch.in.Column(name); ok || ch.in.Broken {
			continue
		}
		ch.m.c.report("E0522", firstWord(at, word), "the windows here belong to each \""+name+"\", and a stage above leaves that column out", "").
			Because("`"+word+"` keeps the rows of each value of it apart.").
			Fix(diag.Choose, "keep it", "|> select "+name+", ...")
		return false
	}
	return true
}

// refined reports a session, sliding window or window of rows whose results are shown before it is
// complete: its rows are not in windows yet, the stage that shows them finds them.
func (ch *chain) refined() bool { return isRefined(ch.in.Window) }

func isRefined(w *types.Window) bool {
	return w != nil && isHeld(w.Kind) && w.Waits && w.Emit != "final"
}

// followsWindows tells of a join that follows the windows of rows that change.
func (ch *chain) followsWindows(st ast.Stage) bool {
	join, ok := st.(*ast.JoinStage)
	return ok && join.Kind != ast.AsofJoin && join.Kind != ast.LeftAsofJoin && ch.in.Kind == types.Changes
}

// keepsRefined refuses stages that choose rows between a window that is shown early
// and the stage that finds it: the rows left out would be missing from those that make windows.
func (ch *chain) keepsRefined(st ast.Stage) bool {
	if !ch.refined() || ch.in.Broken {
		return true
	}
	word := stageWord(st)
	kind := ch.in.Window.Kind
	d := ch.m.c.report("E0522", firstWord(st.Pos(), word), "`"+word+"` cannot stand between a "+kind+" window that is shown early and what shows it", "").
		Because("All rows of a key make its "+kind+" windows; this stage would leave some out before the windows are known.").
		Fix(diag.Choose, "windows of the rows that are left", `put it above the window`).
		Fix(diag.Choose, "complete windows", "leave `emit "+ch.in.Window.Emit+"` out of the window stage")
	if word == "where" {
		d.Fix(diag.Choose, "in one item", "aggregate n = count() where ...")
	}
	ch.broken()
	return false
}

// closed is a stream behind a stage that has waited for its window: nothing of it is
// late any more (SEMANTICS 33).
func closed(t *types.Stream) {
	if t.Window == nil {
		return
	}
	w := *t.Window
	w.Waits, w.Settled = false, true
	t.Window, t.Lateness = &w, 0
	t.Derived = true
}

// finds is the window stage above whose windows a stage must find itself, nil
// where rows come with their windows.
func (ch *chain) finds() *ir.Window {
	if !ch.refined() {
		return nil
	}
	w := ch.in.Window
	return &ir.Window{Kind: w.Kind, Size: w.Size, Rows: w.Rows, RowsEvery: w.RowsEvery, Gap: w.Gap, Max: w.Max, Lateness: w.Lateness, Emit: w.Emit, EmitEvery: w.EmitEvery, Per: w.Per}
}

// ticks is how often a stage shows the changes of windows that it does not find itself, where
// rows change; nothing where it shows each of them.
func (ch *chain) ticks(find *ir.Window) (emit string, every time.Duration) {
	if w := ch.in.Window; ch.in.Kind == types.Changes && find == nil && w.EmitEvery > 0 {
		return w.Emit, w.EmitEvery
	}
	return "", 0
}

// place puts rows into their windows for a stage that does not find them itself.
func (ch *chain) place(at source.Span) {
	if !ch.refined() {
		return
	}
	op := &ir.Place{Find: ch.finds(), Lateness: windowWaits(ch.in.Window), Input: ch.replaced()}
	ch.add(op, ch.with(func(t *types.Stream) {
		closed(t)
		t.Key = foundKey(t.Key, op.Find)
		own := slices.DeleteFunc(slices.Clone(op.Input.Key), func(k string) bool { return strings.HasPrefix(k, "$window") })
		t.BoundText = openRows(ch.keyBound(own, 0))
	}), at)
}

// perOrders puts the columns of `per` before an order: rows of different keys have
// windows of their own.
func (ch *chain) perOrders(by []ir.Order, at source.Span) []ir.Order {
	var out []ir.Order
	for _, name := range ch.in.Window.Per {
		if c, ok := ch.in.Column(name); ok {
			out = append(out, ir.Order{Expr: columnOf(c, at)})
		}
	}
	return append(out, by...)
}

// fill settles what groups show in windows in which they have no rows.
func (ch *chain) fill(st *ast.AggStage, op *ir.Aggregate, r *row) bool {
	w := ch.in.Window
	if w.Fill == "" {
		return true
	}
	if w.FillKeep == 0 && !ch.finiteKeys(op.By) {
		list := make([]string, len(op.By))
		for i, b := range op.By {
			list[i] = b.Name
		}
		ch.m.c.report("E0501", firstWord(st.Span, "aggregate"), "`fill` would go on for every "+strings.Join(list, ", ")+", for ever", "").
			Because(`the window says "fill `+w.Fill+`" without "keep", so no group is ever given up.`).
			Fix(diag.Choose, "give up idle ones", "fill "+w.Fill+" keep 7d").
			Fix(diag.Choose, "I want this", "fill "+w.Fill+" keep forever   (listed by edyc explain)")
		return false
	}
	op.Fill = &ir.Fill{Mode: w.Fill, Keep: w.FillKeep, Window: &ir.Window{
		Kind: w.Kind, Size: w.Size, Every: w.Every, Offset: w.Offset, Zone: w.Zone, Lateness: w.Lateness, Emit: w.Emit,
	}}
	if op.Fill.Keep == 0 {
		op.Fill.Keep = ir.KeepForever
	}
	return ch.fillTypes(st, op, r)
}

// fillTypes: filled with null every item may be null; filled with zero each needs one.
func (ch *chain) fillTypes(st *ast.AggStage, op *ir.Aggregate, r *row) bool {
	ok := true
	for i, it := range op.Items {
		at := len(op.By) + i
		switch op.Fill.Mode {
		case "null":
			r.cols[at].Type = r.cols[at].Type.OrNull()
		case "zero":
			if !hasZero(it.Expr.Type()) {
				ch.m.c.report("E0521", st.Items[i].Span, "\""+it.Name+"\" is "+article(it.Expr.Type())+", for which there is no zero", "").
					Fix(diag.Choose, "null in empty windows", "fill null").
					Fix(diag.Choose, "the value before", "fill last")
				ok = false
			}
		}
	}
	return ok
}

// hasZero reports types with a value that stands for nothing (SEMANTICS 112).
func hasZero(t *types.Type) bool {
	return t.IsNumber() || t.Nullable || t.Kind == types.String || t.Kind == types.Boolean || t.Kind == types.Duration ||
		t.Kind == types.Array || t.Kind == types.Map
}
