package exec

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/format/column"
)

// Session runs a graph step by step on rows that are given to it, as a test of
// the language does. Its topics must be Fed, and its clock is virtual.
//
// Rows given before a step are all processed at that step, in canonical order
// across topics.
type Session struct {
	e     *Engine
	clock *clock.Virtual
	ended bool
	given int64 // batches so far
}

// NewSession opens a graph without sources at clock.TestStart.
func NewSession(g *Graph, opt Options) (*Session, error) {
	s := &Session{clock: clock.NewVirtual(clock.TestStart)}
	opt.Clock = s.clock
	e, err := New(context.Background(), g, opt)
	if err != nil {
		return nil, err
	}
	s.e = e
	return s, s.guard(e.begin)
}

// Clock is the session's clock.
func (s *Session) Clock() *clock.Virtual { return s.clock }

// Given adds rows to a topic, or to a stream that the graph was told to replace.
// Values are in the order of the row's fields, as package types describes.
func (s *Session) Given(topic string, rows [][]any) error {
	t := s.e.topics[topic]
	if t == nil || !t.topic.Fed {
		return bugf("rows are given to %q, which takes none", topic)
	}
	if s.ended {
		return fmt.Errorf("the input of %s has ended", topic)
	}
	for len(rows) > 0 {
		n := min(len(rows), s.e.opt.BatchRows)
		t.given, t.order = append(t.given, s.batchOf(t.columns, rows[:n])), append(t.order, s.given)
		s.given++
		rows = rows[n:]
	}
	return nil
}

// batchOf builds a batch of rows; hidden columns, which no row writes, are null.
func (s *Session) batchOf(columns []types.Column, rows [][]any) *operators.Batch {
	b := &operators.Batch{Rows: len(rows)}
	at := 0
	for _, c := range columns {
		hidden := c.Hidden || c.Name == types.WindowStart || c.Name == types.WindowEnd
		build := column.New(c.Type, s.e.opt.Alloc)
		for _, r := range rows {
			if hidden {
				build.Null()
				continue
			}
			build.Value(r[at])
		}
		if !hidden {
			at++
		}
		b.Cols = append(b.Cols, build.Finish())
	}
	return b
}

// Step processes the rows given so far.
func (s *Session) Step() error {
	return s.guard(func() {
		s.drain()
		s.e.eachSource(func(t *topicNode) { t.flushOut() })
		s.e.barrier()
		s.e.spill()
	})
}

// drain pulls what was given, in the order in which it was given: a table holds what was
// given before a row that looks something up in it (SEMANTICS 70).
func (s *Session) drain() {
	for !s.e.failed() {
		var next *topicNode
		for _, t := range s.e.sources {
			if len(t.given) > 0 && (next == nil || t.order[0] < next.order[0]) {
				next = t
			}
		}
		if next == nil {
			return
		}
		next.pull(false)
		s.e.barrier()
		s.e.spill()
	}
}

// AdvanceWatermark raises the watermark of every topic to an instant at least
// (SEMANTICS 114).
func (s *Session) AdvanceWatermark(to int64) error {
	return s.guard(func() {
		s.drain()
		s.e.eachSource(func(t *topicNode) {
			t.stamp.floor = max(t.stamp.floor, to)
			t.flushOut()
		})
		s.e.eachSource(func(t *topicNode) { t.flushOut() })
		s.e.barrier()
		s.e.spill()
	})
}

// AdvanceTime moves the clock: schedules are carried out, topics may go idle.
func (s *Session) AdvanceTime(to int64) error {
	return s.guard(func() {
		s.drain()
		s.e.eachSource(func(t *topicNode) { t.flushOut() })
		s.e.alarms.due(to, func(at int64) { s.clock.Set(time.UnixMicro(at).UTC()) })
		s.clock.Set(time.UnixMicro(to).UTC())
		s.e.checkIdle()
		s.e.tick()
		s.e.eachSource(func(t *topicNode) { t.flushOut() })
		s.e.barrier()
		s.e.spill()
	})
}

// End reaches the end of all inputs; nothing can be given afterwards.
func (s *Session) End() error {
	return s.guard(func() {
		if s.ended {
			return
		}
		s.ended = true
		s.drain()
		s.e.eachSource(func(t *topicNode) {
			if t.hasSource() {
				t.finish()
			}
		})
	})
}

// guard turns a broken invariant into an error.
func (s *Session) guard(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = bugAt(r, debug.Stack())
			s.e.fail(err)
		}
	}()
	if !s.e.failed() {
		f()
	}
	return s.e.err
}

// Collected is the rows of a topic or stream since the session began.
func (s *Session) Collected(name string) *Collected { return s.e.collected[name] }

// Summary counts what was done so far.
func (s *Session) Summary() *Summary { return s.e.Summary() }

// Close frees everything.
func (s *Session) Close() error { return s.e.Close() }
