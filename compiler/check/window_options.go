package check

import (
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// windowOptions checks the options; false when one is wrong.
func (ch *chain) windowOptions(st *ast.WindowStage, op *ir.Window) bool {
	ok := ch.windowTakes(st) && ch.windowPer(st, op) && ch.windowZone(st, op)
	if st.Offset != nil {
		var fine bool
		op.Offset, fine = ch.constants().length(st.Offset, "the offset of a window")
		ok = ok && fine
	}
	if st.Lateness != nil {
		d, fine := ch.constants().duration(st.Lateness, "lateness")
		op.Lateness, ok = d, ok && fine
	}
	op.LateTo, op.LateIsTopicDefined = ch.lateTarget(st)
	return ch.windowEmit(st, op) && ok
}

func (ch *chain) windowPer(st *ast.WindowStage, op *ir.Window) bool {
	for _, e := range st.Per {
		name, ok := e.(*ast.Name)
		if !ok {
			ch.m.c.report("E0317", e.Pos(), "`per` lists columns; compute others with `let` above", "")
			return false
		}
		if isUnknown(ch.scope().expr(name, nil)) {
			return false
		}
		op.Per = append(op.Per, name.Name)
	}
	if len(op.Per) == 0 && !st.PerNone && perKey(st.Kind) {
		ch.noPer(st)
		return false
	}
	return true
}

// perKey reports windows that each key has for itself and that say so (SEMANTICS 26).
func perKey(k ast.WindowKind) bool {
	return k == ast.Session || k == ast.Sliding || k == ast.Span
}

// noPer asks whose the windows are.
func (ch *chain) noPer(st *ast.WindowStage) {
	word := st.KindSpan.Span
	d := ch.m.c.report("E0520", word, "each key has "+st.Kind.String()+" windows of its own, and this stage does not say what the key is", "whose window?").
		Because("Rows of one key close the window of no other.")
	end := windowSizeEnd(st)
	if len(ch.in.Key) > 0 {
		key := strings.Join(ch.in.Key, ", ")
		d.Fix(diag.Choose, "for the key of the rows", "window "+oneLine(word.Join(end).Text())+" per "+key, diag.Edit{Span: after(end), Text: " per " + key})
	} else {
		d.Fix(diag.Choose, "for each value of a column", "window "+oneLine(word.Join(end).Text())+" per ...")
	}
	d.Fix(diag.Choose, "one for all rows together", "window "+oneLine(word.Join(end).Text())+" per ()", diag.Edit{Span: after(end), Text: " per ()"})
}

// windowSizeEnd is the last part of the size of a window.
func windowSizeEnd(st *ast.WindowStage) source.Span {
	for _, e := range []ast.Expr{st.To, st.Max, st.Gap, st.Every, st.Size} {
		if e != nil {
			return e.Pos()
		}
	}
	return st.KindSpan.Span
}

// after is the place behind a text.
func after(at source.Span) source.Span {
	at.Start = at.End
	return at
}

// atPlaces reports windows that lie at places in time, whatever the rows are.
func atPlaces(k ast.WindowKind) bool {
	return k == ast.Tumbling || k == ast.Hopping || k == ast.Cumulative
}

// takesLateness reports windows that wait for rows behind their end.
func takesLateness(st *ast.WindowStage) bool {
	return (atPlaces(st.Kind) || st.Kind == ast.Session || st.Kind == ast.Span) && !st.Processing
}

// windowTakes refuses the options that a kind of window has no use for.
func (ch *chain) windowTakes(st *ast.WindowStage) bool {
	ok := true
	refuse := func(at source.Span, option, why string) {
		ch.m.c.report("E0521", at, "a "+st.Kind.String()+" window takes no `"+option+"`", "").Because(why).
			Fix(diag.Choose, "leave it out", "")
		ok = false
	}
	const placed = "Tumbling, hopping and cumulative windows lie at places in time; this one lies where its rows are."
	if !atPlaces(st.Kind) {
		if st.Zone != nil {
			refuse(st.Zone.Span, "zone", placed)
		}
		if st.Offset != nil {
			refuse(st.Offset.Pos(), "offset", placed)
		}
		if st.Fill != ast.FillOff {
			refuse(fromWord(st.Span, "fill"), "fill", "It exists only where there are rows, so none of them is empty.")
		}
	}
	switch {
	case st.Processing && st.Kind == ast.WindowRows:
		refuse(st.OnSpan.Span, "on processing time", "It counts rows, whatever the time is.")
	case st.Processing && st.Kind == ast.Span:
		refuse(st.OnSpan.Span, "on processing time", "Its bounds are times in the row, which have nothing to do with the clock.")
	}
	if st.Lateness != nil && !takesLateness(st) {
		ok = ch.noLateness(st, refuse) && ok
	}
	return ok
}

// noLateness allows a lateness of nothing where it only says where late rows go.
func (ch *chain) noLateness(st *ast.WindowStage, refuse func(at source.Span, option, why string)) bool {
	switch {
	case st.Processing:
		refuse(st.Lateness.Pos(), "lateness", "By the clock no row comes late.")
		return false
	case st.Kind == ast.WindowRows:
		refuse(st.Lateness.Pos(), "lateness", "It counts rows as they come, so none of them is late.")
		return false
	}
	d, ok := ch.constants().duration(st.Lateness, "lateness")
	if ok && d != 0 {
		refuse(st.Lateness.Pos(), "lateness", "It is settled as soon as the watermark passes its last row; a row behind the watermark is late. `lateness 0s else -> ...` says where late rows go.")
		return false
	}
	return ok
}

// windowFill reads what empty windows show.
func (ch *chain) windowFill(st *ast.WindowStage) (mode string, keep time.Duration, ok bool) {
	switch st.Fill {
	case ast.FillOff:
		return "", 0, true
	case ast.FillZero:
		mode = "zero"
	case ast.FillNull:
		mode = "null"
	case ast.FillLast:
		mode = "last"
	}
	if st.Emit > ast.EmitFinal {
		ch.m.c.report("E0521", fromWord(st.Span, "fill"), "`fill` goes with final results only", "").
			Label(st.EmitSpan.Span, "results that are refined").
			Because("Whether a window is empty is known when it is complete.").
			Fix(diag.Choose, "final results", "leave `emit` out")
		return mode, 0, false
	}
	if st.FillKeep == nil {
		return mode, 0, true
	}
	keep = ch.keep(st.FillKeep, false)
	return mode, keep, keep > 0
}

// windowZone settles whether boundaries are local (SEMANTICS 18, 19).
func (ch *chain) windowZone(st *ast.WindowStage, op *ir.Window) bool {
	if !atPlaces(st.Kind) {
		return true
	}
	calendar := op.Size.Months > 0 || op.Size.Days > 0 || op.Every.Months > 0 || op.Every.Days > 0 || op.Size.Micros >= dayMicros
	switch {
	case st.Zone != nil:
		if !ch.m.checkZone(st.Zone) {
			return false
		}
		op.Zone = st.Zone.Value
	case calendar && ch.m.zone != "":
		op.Zone = ch.m.zone
	case calendar:
		ch.m.c.report("E0507", st.Size.Pos(), "a window of whole days needs a time zone", "whose midnight?").
			Note("2026-03-28T23:30Z is 28 March in London and 29 March in Helsinki").
			Fix(diag.Choose, "here", "window "+st.Kind.String()+" "+oneLine(st.Size.Pos().Join(windowSizeEnd(st)).Text())+` zone "Europe/Helsinki"`).
			Fix(diag.Choose, "for this file", `module main timezone "Europe/Helsinki"`)
		return false
	}
	step := op.Size
	if st.Kind != ast.Tumbling {
		step = op.Every
	}
	if op.Zone != "" && step.Months == 0 && step.Days == 0 && step.Micros > 0 && dayMicros%step.Micros != 0 {
		ch.m.c.report("E0510", st.Size.Pos(), "a local window shorter than a day must divide 24 hours", "").
			Because("Its boundaries are local times of day that are multiples of its size.").
			Fix(diag.Choose, "one that does", nearestDivisor(dayMicros, step.Micros)).
			Fix(diag.Choose, "one window after the other, whatever the clocks show", "leave the zone out")
		return false
	}
	return true
}

// lateTarget is where late rows go: the stage's own target, else the topic's.
func (ch *chain) lateTarget(st *ast.WindowStage) (*ir.Target, bool) {
	if st.LateTo != nil {
		return ch.target(st.LateTo, ch.m.sourceRow(ch.in.Topic)), false
	}
	return ch.topicLateTarget()
}

// topicLateTarget is where late rows go by the topic's own word.
func (ch *chain) topicLateTarget() (*ir.Target, bool) {
	if ch.in.LateTo == "" {
		return nil, false
	}
	if ch.in.LateTo == dropName {
		return &ir.Target{Drop: true}, true
	}
	return &ir.Target{Topic: ch.in.LateTo}, true
}

func (ch *chain) windowEmit(st *ast.WindowStage, op *ir.Window) bool {
	switch st.Emit {
	case ast.EmitDefault, ast.EmitFinal:
		return true
	case ast.EmitUpdates:
		op.Emit = "updates"
	case ast.EmitEarly:
		op.Emit = "early"
	}
	if st.EmitEvery == nil {
		return true
	}
	d, ok := ch.constants().duration(st.EmitEvery, "every")
	if ok && d <= 0 {
		ch.m.c.report("E0508", st.EmitEvery.Pos(), "`every` must be longer than nothing", "")
		return false
	}
	op.EmitEvery = d
	return ok
}
