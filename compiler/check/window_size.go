package check

import (
	"strconv"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

// windowSize reads what stands behind the kind of a window.
func (ch *chain) windowSize(st *ast.WindowStage, op *ir.Window) bool {
	switch st.Kind {
	case ast.Tumbling:
		return ch.windowLength(st.Size, "the size of a window", &op.Size)
	case ast.Hopping:
		return ch.windowLength(st.Size, "the size of a window", &op.Size) &&
			ch.windowLength(st.Every, "the step of a window", &op.Every) && ch.checkHop(st, op)
	case ast.Cumulative:
		return ch.windowLength(st.Size, "the size of a window", &op.Size) &&
			ch.windowLength(st.Every, "the step of a window", &op.Every) && ch.checkSteps(st, op)
	case ast.Sliding:
		d, ok := ch.windowDuration(st.Size, "the size of a window")
		op.Size = types.Length{Micros: d.Microseconds()}
		return ok
	case ast.Session:
		return ch.sessionSize(st, op)
	case ast.Span:
		return ch.spanBounds(st, op)
	case ast.WindowRows:
		return ch.rowsSize(st, op)
	case ast.WindowNone:
	}
	return true
}

// windowLength reads a length that must be longer than nothing.
func (ch *chain) windowLength(e ast.Expr, what string, to *types.Length) bool {
	l, ok := ch.constants().length(e, what)
	if !ok {
		return false
	}
	*to = l
	if lengthSign(l) <= 0 {
		ch.m.c.report("E0508", e.Pos(), what+" must be longer than nothing", "")
		return false
	}
	return true
}

// windowDuration reads an exact duration that must be longer than nothing.
func (ch *chain) windowDuration(e ast.Expr, what string) (time.Duration, bool) {
	d, ok := ch.constants().duration(e, what)
	if ok && d <= 0 {
		ch.m.c.report("E0508", e.Pos(), what+" must be longer than nothing", "")
		return 0, false
	}
	return d, ok
}

func (ch *chain) sessionSize(st *ast.WindowStage, op *ir.Window) bool {
	var ok bool
	if op.Gap, ok = ch.windowDuration(st.Gap, "the gap of a session"); !ok {
		return false
	}
	if st.Max != nil {
		op.Max, ok = ch.windowDuration(st.Max, "the longest session")
	}
	return ok
}

// spanBounds reads the bounds of a span, which each row has for itself.
func (ch *chain) spanBounds(st *ast.WindowStage, op *ir.Window) bool {
	op.From, op.To = ch.scope().expr(st.From, types.TTimestamp), ch.scope().expr(st.To, types.TTimestamp)
	ok := !isUnknown(op.From) && !isUnknown(op.To)
	for _, x := range []ir.Expr{op.From, op.To} {
		if k := x.Type().Kind; k != types.Timestamp && k != types.Unknown {
			d := ch.m.c.report("E0301", x.Span(), "a span reaches from one timestamp to another, and this is "+article(x.Type()), "")
			timeFix(d, x)
			ok = false
		}
	}
	return ok
}

func (ch *chain) rowsSize(st *ast.WindowStage, op *ir.Window) bool {
	n, ok := ch.count(st.Size, "window rows", 1)
	op.Rows, op.RowsEvery = n, n
	if !ok || st.Every == nil {
		return ok
	}
	if op.RowsEvery, ok = ch.count(st.Every, "every", 1); ok && op.RowsEvery > op.Rows {
		ch.m.c.report("E0508", st.Every.Pos(), "a step longer than the window would leave rows in no window", "").
			Label(st.Size.Pos(), "the window").
			Fix(diag.Choose, "windows without overlap", "window rows "+strconv.FormatInt(op.RowsEvery, 10))
		return false
	}
	return ok
}

// checkSteps checks how a cumulative window grows.
func (ch *chain) checkSteps(st *ast.WindowStage, op *ir.Window) bool {
	size, step := roughMicros(op.Size), roughMicros(op.Every)
	if step > size {
		ch.m.c.report("E0508", st.Every.Pos(), "a step longer than the window never shows anything before its end", "").
			Label(st.Size.Pos(), "the window").
			Fix(diag.Choose, "only the end", "window tumbling "+st.Size.Pos().Text())
		return false
	}
	if size%step != 0 {
		ch.m.c.warn("W0803", st.Every.Pos(), "a step of "+st.Every.Pos().Text()+" does not divide a window of "+st.Size.Pos().Text(), "").
			Label(st.Size.Pos(), "the window").
			Because("The last step of each window will be shorter than the others.").
			Fix(diag.Choose, "a step that divides it", "every "+nearestDivisor(size, step))
	}
	return true
}

// roundLengths are the lengths people choose, in microseconds.
var roundLengths = []struct {
	micros int64
	text   string
}{
	{1e6, "1s"}, {5e6, "5s"}, {10e6, "10s"}, {15e6, "15s"}, {20e6, "20s"}, {30e6, "30s"},
	{60e6, "1m"}, {120e6, "2m"}, {180e6, "3m"}, {240e6, "4m"}, {300e6, "5m"}, {360e6, "6m"}, {600e6, "10m"},
	{720e6, "12m"}, {900e6, "15m"}, {1200e6, "20m"}, {1800e6, "30m"},
	{3600e6, "1h"}, {7200e6, "2h"}, {10800e6, "3h"}, {14400e6, "4h"}, {21600e6, "6h"}, {28800e6, "8h"}, {43200e6, "12h"},
	{dayMicros, "1d"},
}

// nearestDivisor is the round length that divides the whole and is nearest to a part.
func nearestDivisor(whole, part int64) string {
	best, text := int64(-1), "..."
	for _, l := range roundLengths {
		distance := max(l.micros-part, part-l.micros)
		if whole%l.micros == 0 && (best < 0 || distance < best) {
			best, text = distance, l.text
		}
	}
	return text
}

func (ch *chain) checkHop(st *ast.WindowStage, op *ir.Window) bool {
	size, step := roughMicros(op.Size), roughMicros(op.Every)
	if step > size {
		ch.m.c.report("E0508", st.Every.Pos(), "a step longer than the window would leave rows in no window", "").
			Label(st.Size.Pos(), "the window").
			Fix(diag.Choose, "windows that overlap", "window hopping "+st.Every.Pos().Text()+" every "+st.Size.Pos().Text()).
			Fix(diag.Choose, "windows without overlap", "window tumbling "+st.Every.Pos().Text())
		return false
	}
	if size%step != 0 {
		ch.m.c.warn("W0803", st.Every.Pos(), "a step of "+st.Every.Pos().Text()+" does not divide a window of "+st.Size.Pos().Text(), "").
			Label(st.Size.Pos(), "the window").
			Because("Window ends will not line up with window starts.").
			Fix(diag.Choose, "a step that divides it", "every "+nearestDivisor(size, step))
	}
	return true
}
