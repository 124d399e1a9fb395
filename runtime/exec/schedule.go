package exec

import (
	"context"
	"fmt"
	"time"

	"github.com/edynamic/edynamic/operators"
)

// Schedule does something at instants of the clock.
type Schedule struct {
	Name string
	// Next is the first instant after another, in microseconds; false for none.
	Next func(after int64) (int64, bool)
	Acts []Act
}

// Act is what a schedule does when it is due: Row makes a row for Topic, or Snapshot
// writes the rows that the Table of that name holds.
type Act struct {
	Topic    string
	Row      func(now int64) (*operators.Batch, []operators.Failure, error)
	Table    string
	Snapshot *Snapshot
}

// Snapshot is an output that is written whole each time.
type Snapshot struct {
	Name  string
	Label string // where it writes, for messages: a path
	// Write replaces what was written before; nil is no rows. The batch stays the caller's.
	Write func(ctx context.Context, b *operators.Batch) error

	rows    int64
	written bool
}

// Table keeps the rows that a stream leaves, for snapshots.
type Table struct{ Name string }

// tableNode keeps rows.
type tableNode struct{ rows *Material }

func (t *tableNode) batch(_ int, b *operators.Batch) {
	t.rows.Add(b)
	b.Release()
}

func (t *tableNode) mark(_ int, m mark) {
	if !m.End {
		t.rows.Mark(m.Time)
	}
}

func (t *tableNode) satisfied() bool { return false }

// alarms is the schedules of a run, with the instant each is due next.
type alarms struct {
	e    *Engine
	list []alarm
}

type alarm struct {
	schedule *Schedule
	next     int64
	on       bool
}

// newAlarms sets schedules to their first instants after the clock.
func newAlarms(e *Engine) *alarms {
	a := &alarms{e: e}
	now := e.opt.Clock.Now().UnixMicro()
	for _, s := range e.graph.Schedules {
		next, on := s.Next(now)
		a.list = append(a.list, alarm{schedule: s, next: next, on: on})
	}
	return a
}

// first is the alarm that is due first, the earlier in the text among equals; nil for
// none.
func (a *alarms) first() *alarm {
	var first *alarm
	for i := range a.list {
		if x := &a.list[i]; x.on && (first == nil || x.next < first.next) {
			first = x
		}
	}
	return first
}

// due carries out what is due at an instant or before, in order; before is called ahead
// of each.
func (a *alarms) due(to int64, before func(at int64)) {
	for x := a.first(); x != nil && x.next <= to && !a.e.failed(); x = a.first() {
		at := x.next
		before(at)
		for i := range x.schedule.Acts {
			a.e.act(x.schedule, &x.schedule.Acts[i], at)
		}
		x.next, x.on = x.schedule.Next(at)
	}
}

// wait is how long until the next schedule is due; false for never.
func (a *alarms) wait(now time.Time) (time.Duration, bool) {
	x := a.first()
	if x == nil {
		return 0, false
	}
	return max(time.UnixMicro(x.next).Sub(now), 0), true
}

func (e *Engine) act(s *Schedule, a *Act, at int64) {
	switch {
	case a.Row != nil:
		e.emitRow(s, a, at)
	case a.Snapshot != nil && a.Snapshot.Write != nil:
		e.snapshot(a)
	}
}

// emitRow lets a row enter a topic.
func (e *Engine) emitRow(s *Schedule, a *Act, at int64) {
	t := e.topics[a.Topic]
	if t == nil || t.exhausted {
		return
	}
	b, failed, err := a.Row(at)
	if err != nil {
		e.fail(bugf("schedule %s: %v", s.Name, err))
		return
	}
	if len(failed) > 0 {
		b.Release()
		t.fail(record{spot: t.last, at: at, timed: true, stage: "schedule", code: failed[0].Code, reason: failed[0].Reason, row: quote(s.Name)})
		return
	}
	t.given, t.order = append(t.given, b), append(t.order, 0) // it enters at once
	for len(t.given) > 0 && !e.failed() {
		t.pullGiven()
	}
}

// snapshot writes the rows of a table.
func (e *Engine) snapshot(a *Act) {
	t := e.kept[a.Table]
	if t == nil {
		e.fail(bugf("there is no table %q to take a snapshot of", a.Table))
		return
	}
	b := t.Rows()
	if b != nil {
		defer b.Release()
	}
	if err := a.Snapshot.Write(e.ctx, b); err != nil {
		e.fail(fmt.Errorf("cannot write %s: %w", a.Snapshot.Label, err))
		return
	}
	a.Snapshot.written, a.Snapshot.rows = true, int64(t.Len())
}

// snapshots are the outputs that schedules have written, each with its last rows.
func (e *Engine) snapshots() []SinkSummary {
	var out []SinkSummary
	for _, s := range e.graph.Schedules {
		for _, a := range s.Acts {
			if a.Snapshot != nil && a.Snapshot.written {
				out = append(out, SinkSummary{Name: a.Snapshot.Name, Label: a.Snapshot.Label, Rows: a.Snapshot.rows})
			}
		}
	}
	return out
}
