package check

import (
	"reflect"
	"strconv"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// within checks a join of rows that are near in time (SEMANTICS 63).
func (j *joining) within(st *ast.JoinStage, kind ir.JoinKind) bool {
	if st.Keep != nil {
		j.misfit(withWord(st.Keep.Pos(), "keep"), "`keep` has no meaning beside `within`, which says how long rows are needed", "leave it out")
		return false
	}
	if !j.appendOnly("`within`") || !j.timed("a join within a time") {
		return false
	}
	left := j.ch.in
	lo := j.ch.scope().quiet(st.Within.Lo)
	if st.Within.Hi != nil && lo != nil && lo.Type().Kind == types.Timestamp {
		return j.withinRow(st, kind, left)
	}
	return j.withinDurations(st, kind, left)
}

// quiet checks an expression to see its type, without reporting.
func (s *scope) quiet(e ast.Expr) (x ir.Expr) {
	s.m.c.quietly(func() { x = s.expr(e, nil) })
	return x
}

func (j *joining) withinDurations(st *ast.JoinStage, kind ir.JoinKind, left *types.Stream) bool {
	lo, ok := j.ch.constants().duration(st.Within.Lo, "within")
	hi, okHi := lo, true
	if st.Within.Hi != nil {
		hi, okHi = j.ch.constants().duration(st.Within.Hi, "within")
	} else {
		lo = -lo
	}
	if !ok || !okHi {
		return false
	}
	if lo > hi {
		j.emptyBound(st.Within, lo, hi)
		return false
	}
	j.ch.onTime("", hi-lo, j.at)
	j.right.onTime("", hi-lo, j.where)
	op := &ir.Join{Kind: kind, Bound: ir.JoinWithin, Lo: lo, Hi: hi}
	op.Sides = j.prepared(nil)
	bound := j.sideName(left) + " for " + durationText(max(hi, 0)) + ", " + j.name + " for " + durationText(max(-lo, 0))
	j.ch.add(op, j.result(left, kind, func(t *types.Stream) { t.BoundText = bound }), st.Span)
	return true
}

// emptyBound is E0541.
func (j *joining) emptyBound(r *ast.Range, lo, hi time.Duration) {
	d := j.ch.m.c.report("E0541", r.Lo.Pos(), "no time is after "+durationText(lo)+" and before "+durationText(hi)+", so nothing would match", "")
	if r.Hi == nil {
		d.Fix(diag.Choose, "before or after", "within "+durationText(lo))
		return
	}
	d.Label(r.Hi.Pos(), "the upper bound")
	text := oneLine(r.Hi.Pos().Text()) + " .. " + oneLine(r.Lo.Pos().Text())
	d.Fix(diag.Maybe, "the other way round", "within "+text, diag.Edit{Span: r.Lo.Pos().Join(r.Hi.Pos()), Text: text})
}

func (j *joining) sideName(in *types.Stream) string {
	if j.ch.alias != "" {
		return j.ch.alias
	}
	return in.Topic
}

// withinRow checks bounds that are timestamps of the left row.
func (j *joining) withinRow(st *ast.JoinStage, kind ir.JoinKind, left *types.Stream) bool {
	errors := j.ch.m.c.errorCount()
	from := j.ch.scope().coerced(st.Within.Lo, types.TTimestamp, "the lower bound")
	to := j.ch.scope().coerced(st.Within.Hi, types.TTimestamp, "the upper bound")
	if j.ch.m.c.errorCount() > errors || isUnknown(from) || isUnknown(to) {
		return false
	}
	op := &ir.Join{Kind: kind, Bound: ir.JoinWithin, Lo: j.lead(from)}
	r := &row{}
	j.ch.keepAll(r, j.at)
	op.From, op.To = r.named("$from", from), r.named("$to", to)
	if len(r.items) > len(left.Columns) {
		j.ch.project(r, j.at)
	}
	j.ch.onTime(op.To, -op.Lo-time.Microsecond, j.at)
	op.Sides = j.prepared(nil)
	bound := j.sideName(left) + " until " + oneLine(st.Within.Hi.Pos().Text()) + ", " + j.name + " for " + durationText(max(-op.Lo, 0))
	j.ch.add(op, j.result(left, kind, func(t *types.Stream) { t.BoundText = bound }), st.Span)
	return true
}

// lead is how far after the row's own time a bound begins, where the text says so:
// the time itself, or so much before or after it. 0 where it does not.
func (j *joining) lead(from ir.Expr) time.Duration {
	own := func(e ir.Expr) bool { return j.ch.in.TimeOf != "" && pathOf(e) == j.ch.in.TimeOf }
	b, ok := from.(*ir.Binary)
	if !ok || !own(b.X) {
		return 0
	}
	v, known := j.ch.m.c.evalConst(b.Y)
	micros, isInt := v.(int64)
	if !known || !isInt || b.Y.Type().Kind != types.Duration {
		return 0
	}
	d := time.Duration(micros) * time.Microsecond
	switch b.Op {
	case ir.Add:
		return d
	case ir.Sub:
		return -d
	case ir.Mul, ir.Div, ir.Mod, ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge, ir.Neg, ir.Not:
	}
	return 0
}

// sameWindow is E0540 (SEMANTICS 29).
func (j *joining) sameWindow(st *ast.JoinStage) bool {
	l, r := j.ch.in.Window, j.right.in.Window
	report := func(at source.Span, message string) *diag.Diagnostic {
		return j.ch.m.c.report("E0540", at, message, "")
	}
	if st.Within != nil && l != nil && r != nil {
		j.misfit(st.Within.Span, "`within` has no meaning here: both sides are in windows, and pair within each window", "leave it out")
		return false
	}
	switch {
	case l == nil:
		report(j.where, j.name+" is in a window and this side is not").
			Fix(diag.Choose, "put this side into the same window", "|> window "+windowWords(r), stageAbove(j.ch.stageAt, "window "+windowWords(r))).
			Fix(diag.Choose, "leave the window of "+j.name, "(from "+j.name+" |> window none)")
		return false
	case r == nil:
		report(j.where, "this side is in a window and "+j.name+" is not").
			Fix(diag.Choose, "put it into the same window", "(from "+j.name+" |> window "+windowWords(l)+")").
			Fix(diag.Choose, "leave the window here", "|> window none", stageAbove(j.ch.stageAt, "window none"))
		return false
	}
	if l.Kind == ir.WindowRows && r.Kind == ir.WindowRows {
		report(j.where, "windows of rows are counted on each side by itself, so those of two sides do not pair").
			Fix(diag.Choose, "windows of time on both sides", "|> window tumbling 1m").
			Fix(diag.Choose, "rows that are near in time", "|> window none |> "+j.word+" ... within 1m")
		return false
	}
	differs := ""
	switch {
	case l.Kind != r.Kind:
		differs = "kind"
	case !reflect.DeepEqual(windowShape(l), windowShape(r)):
		differs = "size"
	case l.Zone != r.Zone:
		differs = "zone"
	case l.Lateness != r.Lateness:
		differs = "lateness"
	default:
		return j.shownAlike(l, r)
	}
	report(j.where, "the windows of the two sides differ in their "+differs).
		Note("here: window "+windowWords(l)).Note(j.name+": window "+windowWords(r)).
		Because("A row pairs with the rows of its own window, so both sides need the same windows.").
		Fix(diag.Choose, "the same on both sides", "(from "+j.name+" |> window "+windowWords(l)+")")
	return false
}

// sessionsOfChanges refuses joins of sessions that follow changes: one side may be what the
// other was long ago.
func (j *joining) sessionsOfChanges() {
	j.ch.m.c.report("E0522", j.at, "`join` in session windows needs rows that stay as they are, and a side changes rows it has already sent", "").
		Because("A session that loses its last rows has an earlier end, and would need rows of the other side whose session has closed.").
		Fix(diag.Choose, "windows that lie where they lie", "|> window tumbling 1h emit updates").
		Fix(diag.Choose, "pair the rows that stand, and follow their changes", "|> window none |> join ... keep 7d")
}

// shownAlike refuses rows that wait for their windows beside rows that change: they come
// when those have gone.
func (j *joining) shownAlike(l, r *types.Window) bool {
	waits := func(w *types.Window) bool { return w.Waits && !isRefined(w) }
	switch {
	case j.bothAppend():
		return true
	case l.Kind == ir.WindowSession:
		j.sessionsOfChanges()
		return false
	case !waits(l) && !waits(r):
		return true
	}
	early, whole := "here", "of "+j.name
	if waits(l) {
		early, whole = whole, early
	}
	j.ch.m.c.report("E0540", j.where, "the windows "+early+" follow rows that change, and those of the other side wait until they are complete", "").
		Label(j.at, "a join of windows").
		Because("Rows pair while their windows are open, and the rows "+whole+" come when these have closed.").
		Fix(diag.Choose, "rows that follow their windows on both sides", "|> upserts by ... |> window ... emit updates")
	return false
}

// windowShape is what makes the boundaries of a window, but for the zone.
func windowShape(w *types.Window) types.Window {
	c := *w
	c.Zone, c.Per, c.Lateness, c.Emit, c.EmitEvery = "", nil, 0, "", 0
	c.Waits, c.Settled = false, false
	return c
}

// windowWords are a window as it is written.
func windowWords(w *types.Window) string {
	text := w.Kind + " " + lengthWords(w.Size)
	if w.Every != (types.Length{}) {
		text += " every " + lengthWords(w.Every)
	}
	if w.Offset != (types.Length{}) {
		text += " offset " + lengthWords(w.Offset)
	}
	if w.Zone != "" {
		text += ` zone "` + w.Zone + `"`
	}
	if w.Lateness > 0 {
		text += " lateness " + durationText(w.Lateness)
	}
	return text
}

func lengthWords(l types.Length) string {
	text := ""
	if l.Months > 0 {
		text += strconv.Itoa(l.Months) + "mo"
	}
	if l.Days > 0 {
		text += strconv.Itoa(l.Days) + "d"
	}
	if l.Micros > 0 {
		text += durationText(time.Duration(l.Micros) * time.Microsecond)
	}
	return text
}

// windowed checks a join of two sides in the same windows.
func (j *joining) windowed(st *ast.JoinStage, kind ir.JoinKind) bool {
	if st.Keep != nil {
		j.ch.keep(st.Keep, true)
		return false
	}
	if !j.hasEqualityOrTrue() {
		return false
	}
	waits, _, ok := j.ch.inWindow(j.at, j.word)
	if !ok {
		return false
	}
	others, _, ok := j.right.inWindow(j.at, j.word)
	if !ok {
		return false
	}
	if !j.bothAppend() {
		return j.following(kind)
	}
	left := j.ch.in
	op := &ir.Join{Kind: kind, Bound: ir.JoinWindowed, Lateness: max(waits, others)}
	op.Sides = j.prepared(nil)
	t := j.result(left, kind, func(t *types.Stream) { t.BoundText = "rows of both sides per open window" })
	t.Time = left.Time
	closed(t)
	j.ch.add(op, t, st.Span)
	return true
}

// hasEqualityOrTrue: `on true` pairs all rows of a window (SEMANTICS 134).
func (j *joining) hasEqualityOrTrue() bool {
	if lit, ok := unparen(j.on).(*ast.BoolLit); ok && lit.Value && j.ch.in.Window.Kind != ir.WindowWhole {
		return true
	}
	return j.hasEquality()
}
