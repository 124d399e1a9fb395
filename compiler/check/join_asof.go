package check

import (
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

// asof checks a join with the row that was valid at the time of each left row
// (SEMANTICS 68, 140).
func (ch *chain) asof(st *ast.JoinStage) {
	j, ok := ch.joining(st.Alias, st.Right, st.On, st, "join")
	if !ok || !j.conditions() || !j.hasEquality() || !j.asofSides() {
		ch.broken()
		return
	}
	op := &ir.Asof{Left: st.Kind == ast.LeftAsofJoin, Forward: st.Forward}
	if !j.asofBound(st, op) || !j.asofWaits(st, op) {
		ch.broken()
		return
	}
	left := ch.in
	op.Sides = j.prepared(nil)
	kind := ir.InnerJoin
	if op.Left {
		kind = ir.LeftJoin
	}
	bound := "all rows of " + j.name
	if op.Within > 0 {
		bound = j.name + " for " + durationText(op.Within+op.Wait)
	}
	t := j.beside(left, kind, bound)
	if w := t.Window; w != nil && w.Kind == ir.WindowRows {
		apart := *w
		apart.Apart = true
		t.Window = &apart
	}
	ch.add(op, t, st.Span)
}

// beside is the type of left rows that got something to their side: they stay what
// they are, with their own time.
func (j *joining) beside(left *types.Stream, kind ir.JoinKind, bound string) *types.Stream {
	return j.result(left, kind, func(t *types.Stream) {
		t.Time, t.TimeOf, t.Delay, t.Complete, t.Bounded = left.Time, left.TimeOf, left.Delay, left.Complete, left.Bounded
		t.BoundText = bound
	})
}

// asofSides: the left side appends, both have a time, and the right one is in no window.
func (j *joining) asofSides() bool {
	if j.ch.in.Kind == types.Changes {
		d := j.ch.m.c.report("E0312", j.at, "`asof join` needs rows that stay as they are, and this stream changes rows it has already sent", "")
		if j.ch.changesAt.Known() {
			d.Label(j.ch.changesAt, "becomes a changes stream here")
		}
		d.Fix(diag.Choose, "the value of now", "|> lookup "+j.alias+" = ...").Fix(diag.Choose, "a log of the changes", "|> changes")
		return false
	}
	return j.rightOutsideWindows("`asof join`") && j.timed("an asof join")
}

// rightOutsideWindows is E0540 for a stage that reads its right side outside windows.
func (j *joining) rightOutsideWindows(what string) bool {
	if j.right.in.Window == nil {
		return true
	}
	j.ch.m.c.report("E0540", j.where, what+" reads rows of "+j.name+" of any time, and they are in windows", "").
		Fix(diag.Choose, "leave the window", "(from "+j.name+" |> window none)")
	return false
}

// asofBound settles how far away the right row may be, and what that asks to remember.
func (j *joining) asofBound(st *ast.JoinStage, op *ir.Asof) bool {
	if st.Within != nil && st.Within.Hi != nil {
		d := j.ch.m.c.report("E0542", st.Within.Span, "`asof join` takes the nearest row of one direction, so `within` says only how far away it may be", "")
		d.Fix(diag.Choose, "at most so much before", "within "+oneLine(st.Within.Hi.Pos().Text())).
			Fix(diag.Choose, "every row of a time", "|> join "+j.alias+" = ... within "+oneLine(st.Within.Lo.Pos().Text())+" .. "+oneLine(st.Within.Hi.Pos().Text()))
		return false
	}
	if st.Within != nil {
		d, ok := j.ch.constants().duration(st.Within.Lo, "within")
		if ok && d <= 0 {
			j.emptyBound(st.Within, d, 0)
			return false
		}
		op.Within = d
		if st.Keep != nil {
			j.misfit(withWord(st.Keep.Pos(), "keep"), "`keep` has no meaning beside `within`, which says how long rows are needed", "leave it out")
			return false
		}
		return ok
	}
	if st.Forward {
		j.asofUnbounded(st, "this asof join would wait for ever for a row that follows", "a row that has no follower yet could still get one.")
		return false
	}
	if st.Keep != nil {
		if n, ok := st.Keep.(*ast.Name); ok && n.Name == "forever" {
			op.Keep = ir.KeepForever
			return true
		}
		j.misfit(withWord(st.Keep.Pos(), "keep"), "`asof join` says with `within` how old a row may be", "leave it out")
		return false
	}
	if j.right.in.Bounded || j.right.in.Kind == types.Changes || j.history() {
		return true
	}
	j.asofUnbounded(st, "this asof join would have to remember every row of "+j.name, "a row may come late, and needs what was valid at its own time.")
	return false
}

// asofWaits: left rows that wait in their window until it is complete find what was
// there at their own time, so that right rows are needed for as long as they may wait.
func (j *joining) asofWaits(st *ast.JoinStage, op *ir.Asof) bool {
	w := j.ch.in.Window
	if !waited(w) || !w.Waits {
		return true
	}
	op.Waited, op.Settles = true, windowWaits(w)
	switch {
	case op.Within == 0:
		return true
	case op.Forward:
	case w.Kind == ir.WindowSliding:
		op.Wait = time.Duration(w.Size.Micros)*time.Microsecond + op.Settles
		return true
	case w.Kind == ir.WindowSession && w.Max > 0:
		op.Wait = w.Max + op.Settles
		return true
	}
	d := j.ch.m.c.report("E0502", j.at, "this asof join would have to remember rows of "+j.name+" for as long as a "+w.Kind+" window may last", "").
		Because("Its left rows wait in their window until it is complete, and need what was there at their own time.").
		Fix(diag.Choose, "before they wait", `put it above the window`)
	if w.Kind == ir.WindowSession && !op.Forward {
		d.Fix(diag.Choose, "sessions that end", "|> window session gap ... max 12h ...")
	}
	return false
}

func (j *joining) asofUnbounded(st *ast.JoinStage, message, why string) {
	end := st.On.Pos()
	end.Start = end.End
	d := j.ch.m.c.report("E0502", j.at, message, "").Label(j.where, growth(j.right.in)).Because(why).
		Fix(diag.Choose, "rows at most so far away", "... on "+oneLine(st.On.Pos().Text())+" within 5m", diag.Edit{Span: end, Text: " within 5m"})
	if !st.Forward {
		d.Fix(diag.Choose, "the topic keeps its history", "topic "+j.name+" ... { history: 400d }").
			Fix(diag.Choose, "I want this", "... keep forever   (listed by edyc explain)", diag.Edit{Span: end, Text: " keep forever"})
	}
}

// history reports that the right side's topic promises to keep its history.
func (j *joining) history() bool {
	for _, t := range j.ch.m.c.prog.Topics {
		if t.Name == j.right.in.Topic {
			_, ok := t.Settings["history"]
			return ok
		}
	}
	return false
}
