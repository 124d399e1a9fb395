package window

import (
	"math"

	"github.com/edynamic/edynamic/operators"
)

// Ticked tells when open windows show what has changed of them: when the watermark
// crosses a multiple of a time from their start (SEMANTICS 39, 40).
//
// Between two watermarks of the operator, the arrival watermarks of the rows say when a
// tick is crossed, so that the steps of the watermark do not show.
type Ticked[S any] struct {
	Every int64 // 0 where windows show each change
	Clock int64
	early bool
	panes *Panes[S]
	rules Rules[S]
	run   []int32 // scratch
}

// Rules say what an operator shows at ticks.
type Rules[S any] struct {
	// Changed tells that a window has changed since it was last shown.
	Changed func(state S) bool
	// Show shows a window at a tick. cause is the row that has moved the clock, -1 for a
	// watermark.
	Show func(p *Pane[S], tick int64, cause int32, out operators.Output)
}

// NewTicked shows windows every so many microseconds; emit is "updates" or "early".
func NewTicked[S any](every int64, emit string, panes *Panes[S], rules Rules[S]) *Ticked[S] {
	return &Ticked[S]{Every: every, Clock: math.MinInt64, early: emit == "early", panes: panes, rules: rules}
}

// NextTick is the first instant after the clock at which a window shows changes:
// multiples of `every` from its start up to its end, and the end of its lateness.
func NextTick(start, end, settled, every, clock int64, early bool) int64 {
	tick := start + every
	if clock >= start {
		tick = start + ((clock-start)/every+1)*every
	}
	switch {
	case tick < end:
		return tick
	case early || clock >= end:
		return settled
	}
	return end
}

// Arrival is that of what a window shows at a tick: just before it, so that it belongs
// to the tick for the stage below, which has the same ones.
func Arrival(tick, end int64) int64 { return min(tick, end) - 1 }

func (t *Ticked[S]) next(start, end int64) int64 {
	return NextTick(start, end, t.panes.Settled(end), t.Every, t.Clock, t.early)
}

// Take has rows of a batch, sel nil for all, collected in order, in runs between which no
// tick is crossed. starts and ends are the bounds of their windows.
func (t *Ticked[S]) Take(b *operators.Batch, sel []int32, starts, ends []int64, collect func(rows []int32), out operators.Output) {
	next, run := t.first(), t.run[:0]
	flush := func() {
		if len(run) > 0 {
			collect(run)
			run = run[:0]
		}
	}
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	part.Each(func(i int) {
		r := int32(i)
		if arrival := b.Arrival[r]; arrival > t.Clock {
			if arrival >= next {
				flush()
				t.Advance(arrival, r, out)
				next = t.first()
			}
			t.Clock = arrival
		}
		run = append(run, r)
		if b.Ops != nil && b.Ops[r] == operators.UpdateBefore {
			return // the row that takes its place comes next
		}
		tick := t.next(starts[r], ends[r])
		if next = min(next, tick); tick <= t.Clock { // of a window that only slower partitions keep open
			flush()
			t.showPassed(r, out)
			next = t.first()
		}
	})
	flush()
	t.run = run
}

// first is the next instant at which a window with changes shows them.
func (t *Ticked[S]) first() int64 {
	next := int64(math.MaxInt64)
	for _, p := range t.panes.Open() {
		if t.rules.Changed(p.State) {
			next = min(next, t.next(p.Start, p.End))
		}
	}
	return next
}

// Advance moves the clock and shows, tick by tick, what has changed. cause is the row
// that has moved it, -1 for a watermark.
func (t *Ticked[S]) Advance(to int64, cause int32, out operators.Output) {
	for t.Clock < to {
		tick := t.first()
		if tick > to || tick == math.MaxInt64 && to != math.MaxInt64 {
			break
		}
		for _, p := range t.panes.Open() {
			if t.rules.Changed(p.State) && t.next(p.Start, p.End) == tick {
				t.rules.Show(p, tick, cause, out)
			}
		}
		if tick == math.MaxInt64 {
			break
		}
		t.Clock = max(t.Clock, tick)
	}
	t.Clock = max(t.Clock, to)
}

// showPassed shows what has changed of windows whose last tick the clock has passed.
func (t *Ticked[S]) showPassed(cause int32, out operators.Output) {
	for _, p := range t.panes.Open() {
		if t.rules.Changed(p.State) && t.next(p.Start, p.End) <= t.Clock {
			t.rules.Show(p, t.Clock, cause, out)
		}
	}
}

// Closed shows what a window that closes has not shown yet: one that was restored beside
// a clock that was further on.
func (t *Ticked[S]) Closed(p *Pane[S], out operators.Output) {
	if t.rules.Changed(p.State) {
		t.rules.Show(p, t.panes.Settled(p.End), -1, out)
	}
}
