package check

import (
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

// watching prepares a stage that watches rows in order of time; false where the
// stream cannot be watched. It looks at rows as they follow each other, so it leaves
// a window.
func (ch *chain) watching(st ast.Stage) bool {
	word := stageWord(st)
	at := firstWord(st.Pos(), word)
	switch {
	case ch.in.Broken:
		return false
	case ch.in.Kind == types.Changes:
		d := ch.m.c.report("E0312", at, "`"+word+"` watches rows that stay as they are, and this stream changes rows it has already sent", "")
		if ch.changesAt.Known() {
			d.Label(ch.changesAt, "becomes a changes stream here")
		}
		d.Fix(diag.Choose, "work on final rows", "|> window tumbling 1h   (before the aggregate)").
			Fix(diag.Choose, "work on a log of the changes", "|> changes |> "+word+" ...")
	case ch.in.Time == types.NoTime:
		ch.m.noTime(ch.in, at, "`"+word+"`")
	default:
		if ch.in.Window != nil {
			ch.windowNone(&ast.WindowStage{At: ast.At{Span: st.Pos()}})
		}
		return true
	}
	ch.broken()
	return false
}

// watchSpan reads a duration that must be longer than nothing.
func (ch *chain) watchSpan(e ast.Expr, what string) (time.Duration, bool) {
	d, ok := ch.constants().duration(e, what)
	if ok && d <= 0 {
		ch.m.c.report("E0508", e.Pos(), what+" must be longer than nothing", "")
		return 0, false
	}
	return d, ok
}

// perBound is the number of keys in words.
func perBound(exprs []ast.Expr) string {
	if len(exprs) == 0 {
		return "1"
	}
	names := make([]string, len(exprs))
	for i, e := range exprs {
		names[i] = oneLine(e.Pos().Text())
	}
	return "|" + strings.Join(names, ", ") + "|"
}

func (ch *chain) hold(st *ast.HoldStage) {
	if !ch.watching(st) {
		return
	}
	op := &ir.Hold{LateTo: ch.behindTarget()}
	var ok bool
	op.For, ok = ch.watchSpan(st.For, "the time of `hold`")
	op.While = ch.scope().condition(st.While, "while")
	per, _, okPer := ch.keys(st.Per)
	if op.Per = per; !ok || !okPer || isUnknown(op.While) {
		ch.broken()
		return
	}
	known, _ := factsOf(op.While)
	ch.add(op, ch.with(func(t *types.Stream) {
		t.Columns = narrow(t.Columns, known)
		t.BoundText = perBound(st.Per) + " x 1, while the condition holds"
	}), st.Span)
}

func (ch *chain) silent(st *ast.SilentStage) {
	if !ch.watching(st) {
		return
	}
	op := &ir.Silent{LateTo: ch.behindTarget()}
	var ok bool
	op.For, ok = ch.watchSpan(st.For, "the time of `silent`")
	per, names, okPer := ch.keys(st.Per)
	if !ok || !okPer {
		ch.broken()
		return
	}
	r := &row{}
	for i, x := range per {
		if names[i] == "" {
			names[i] = ch.silentName(st.Per[i])
		}
		if names[i] == "" {
			ch.broken()
			return
		}
		op.Per = append(op.Per, ir.Item{Name: names[i], Expr: x})
		ch.addNew(r, names[i], x, st.Per[i].Pos())
	}
	for _, name := range []string{ir.LastSeen, ir.SilentAt} {
		ch.addNew(r, name, &ir.Column{Base: ir.Base{T: types.TTimestamp, At: st.Span}, Name: name}, st.Span)
	}
	ch.add(op, ch.with(func(t *types.Stream) {
		t.Columns, t.Key, t.Name, t.TimeOf = r.cols, names, "", ir.SilentAt
		t.BoundText = perBound(st.Per) + " x 1, each until " + durationText(op.For) + " after its last row"
	}), st.Span)
}

// silentName is the name a key brings along, "" after the message that it has none.
func (ch *chain) silentName(e ast.Expr) string {
	if f, ok := unparen(e).(*ast.FieldExpr); ok {
		return f.Name.Name
	}
	ch.m.c.report("E0317", e.Pos(), "`per` of `silent` lists columns; compute others with `let` above", "this has no name in the result").
		Fix(diag.Choose, "name it above", "|> let key = "+oneLine(e.Pos().Text())+" |> silent ... per key")
	return ""
}

func (ch *chain) throttle(st *ast.ThrottleStage) {
	if !ch.watching(st) {
		return
	}
	op := &ir.Throttle{LateTo: ch.behindTarget()}
	n, okN := ch.count(st.N, "throttle", 1)
	op.N = n
	var ok bool
	op.Span, ok = ch.watchSpan(st.Span, "the time of `throttle`")
	per, _, okPer := ch.keys(st.Per)
	op.Per = per
	if st.Else != nil {
		op.Else = ch.target(st.Else, nil)
	}
	if !ok || !okN || !okPer {
		ch.broken()
		return
	}
	ch.add(op, ch.with(func(t *types.Stream) {
		t.BoundText = perBound(st.Per) + " x " + strconv.FormatInt(n, 10) + " within " + durationText(op.Span)
	}), st.Pos())
}

func (ch *chain) changedRows(st *ast.ChangedStage) {
	if !ch.watching(st) {
		return
	}
	op := &ir.Changed{LateTo: ch.behindTarget()}
	exprs, _, ok := ch.keys(st.Exprs)
	per, _, okPer := ch.keys(st.Per)
	if op.Exprs, op.Per = exprs, per; !ok || !okPer {
		ch.broken()
		return
	}
	bound := perBound(st.Per) + " x 1"
	if ch.in.Bounded {
		bound += " of a bounded input"
	} else if !ch.fewKeys(per) {
		op.Keep = ir.KeepForever
	}
	t := ch.with(func(t *types.Stream) { t.BoundText = bound })
	if col, taken := ch.in.Column(ir.PreviousRow); ch.in.Union() == nil && (!taken || col.Hidden) {
		ch.withPrevious(op, t)
	}
	ch.add(op, t, st.Span)
}

// withPrevious adds the hidden record of the previous row: `previous.x` is null for
// the first.
func (ch *chain) withPrevious(op *ir.Changed, t *types.Stream) {
	rec := &types.Type{Kind: types.Record}
	for _, c := range ch.in.Visible() {
		op.Previous = append(op.Previous, c.Name)
		rec.Fields = append(rec.Fields, types.Field{Name: c.Name, Type: c.Type.OrNull()})
	}
	cols := make([]types.Column, 0, len(t.Columns)+1)
	for _, c := range t.Columns {
		if c.Name != ir.PreviousRow {
			cols = append(cols, c)
		}
	}
	t.Columns = append(cols, types.Column{Name: ir.PreviousRow, Type: rec, Hidden: true})
}
