package join

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/pair"
)

// flush makes the results of what has happened, and forgets the rows that have left.
func (j *Join) flush(out operators.Output) {
	if len(j.events) == 0 {
		return
	}
	holds := j.test(out)
	var shown []event
	for i := 0; i < len(j.events); {
		at := j.events[i].at
		first := len(shown)
		for ; i < len(j.events) && j.events[i].at == at; i++ {
			if ev := j.events[i]; j.shows(ev, holds == nil || holds[i]) {
				shown = append(shown, ev)
			}
		}
		slices.SortFunc(shown[first:], j.bySeq)
	}
	j.emit(shown, out)
	for side := range j.sides {
		j.sides[side].release(func(e *entry) {
			j.changed(ir.Side(side), e)
			j.rows[side].Drop(e.id)
			if e.group != none {
				j.empty = append(j.empty, place{e.bucket, e.group})
			}
		})
	}
	j.events = j.events[:0]
}

// test evaluates the further condition for the pairs among the events; nil where
// there is none.
func (j *Join) test(out operators.Output) []bool {
	if !j.Conditional() {
		return nil
	}
	var pairs pair.Pairs
	var at []int64
	for _, ev := range j.events {
		if ev.left != none && ev.right != none {
			pairs.Add(j.sides[ir.LeftSide].entries[ev.left].id, j.sides[ir.RightSide].entries[ev.right].id)
			at = append(at, ev.at+1)
		}
	}
	held := j.Test(j.ctx.Alloc, j.rows, pairs, at, out)
	holds := make([]bool, len(j.events))
	for i, ev := range j.events {
		if ev.left != none && ev.right != none {
			holds[i], held = held[0], held[1:]
		}
	}
	return holds
}

// shows decides whether an event leaves a row; events come in the order they happen.
func (j *Join) shows(ev event, holds bool) bool {
	switch {
	case ev.right == none:
		return j.keepsUnmatched(ir.LeftSide) && !j.sides[ir.LeftSide].entries[ev.left].matched
	case ev.left == none:
		return j.keepsUnmatched(ir.RightSide) && !j.sides[ir.RightSide].entries[ev.right].matched
	case !holds:
		return false
	}
	l, r := &j.sides[ir.LeftSide].entries[ev.left], &j.sides[ir.RightSide].entries[ev.right]
	again := l.matched
	j.match(ir.LeftSide, l)
	j.match(ir.RightSide, r)
	return pair.ShowsPair(j.spec.Kind, again)
}

// match notes that a row has a partner.
func (j *Join) match(side ir.Side, e *entry) {
	if !e.matched {
		e.matched = true
		j.changed(side, e)
	}
}

// changed notes that what is known of a row has changed, where somebody asks for that.
func (j *Join) changed(side ir.Side, e *entry) {
	if e.group == none || j.ctx.Shelf == nil {
		return
	}
	if j.keepsUnmatched(side) || j.spec.Kind == ir.SemiJoin && side == ir.LeftSide {
		j.buckets.of[e.bucket].spill.Changed(e.group)
	}
}

// emit makes a batch of the rows that are shown (SEMANTICS 14).
func (j *Join) emit(shown []event, out operators.Output) {
	if len(shown) == 0 {
		return
	}
	var pairs pair.Pairs
	n := len(shown)
	times := operators.Batch{Time: make([]int64, n), Arrival: make([]int64, n), Progress: make([]int64, n), Seq: make([]int64, n)}
	for i, ev := range shown {
		times.Progress[i] = ev.at + 1
		times.Seq[i] = j.seqs(ev)[0]
		switch {
		case ev.right == none:
			l := &j.sides[ir.LeftSide].entries[ev.left]
			pairs.Add(l.id, -1)
			times.Time[i], times.Arrival[i] = l.end, l.a
		case ev.left == none:
			r := &j.sides[ir.RightSide].entries[ev.right]
			pairs.Add(-1, r.id)
			times.Time[i], times.Arrival[i] = r.end, r.a
		default:
			l, r := &j.sides[ir.LeftSide].entries[ev.left], &j.sides[ir.RightSide].entries[ev.right]
			pairs.Add(l.id, r.id)
			times.Time[i], times.Arrival[i] = max(l.t, r.t), max(l.a, r.a)
		}
	}
	b := j.Make(j.ctx.Alloc, j.rows, pairs)
	b.Time, b.Arrival, b.Progress, b.Seq = times.Time, times.Arrival, times.Progress, times.Seq
	out.Emit(0, b)
}
