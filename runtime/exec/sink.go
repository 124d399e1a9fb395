package exec

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/edynamic/edynamic/operators"
)

// sinkDepth is how many batches wait for a sink before the driver does.
const sinkDepth = 4

// sinkNode writes rows on a goroutine of its own.
type sinkNode struct {
	e      *Engine
	node   *Node
	writer Writer
	ch     chan sinkMessage
	done   chan struct{}
	broken atomic.Bool
	// asked counts the wishes to see what was written, some of which found the sink busy;
	// shown is how many of them had been uttered when it last had nothing to do.
	asked atomic.Int64
	shown int64
	err   error // set before done is closed
	rows  int64
	said  int64 // the last watermark told
	ended bool
	// suspended is set before ch is closed: the output is gone on with later.
	suspended bool
}

// sinkMessage is one of a batch, a watermark, or a wish.
type sinkMessage struct {
	b    *operators.Batch
	mark int64 // MinTime for none
	save chan<- savedSink
	kept bool // what was saved last will not be taken back
	// flush asks for what was written to become visible.
	flush bool
}

// savedSink is the answer of a sink that was asked to go on from here.
type savedSink struct {
	state []byte
	err   error
}

// Counted is a writer that knows better than its input how many rows it wrote, once it
// is closed.
type Counted interface{ Written() int64 }

// Marked is a writer that wants to know how far time has come.
type Marked interface{ Mark(watermark int64) }

func newSinkNode(ctx context.Context, e *Engine, n *Node, state []byte) (*sinkNode, error) {
	w, err := n.Sink.Open(ctx, state)
	if err != nil {
		return nil, err // says which file it is about
	}
	s := &sinkNode{e: e, node: n, writer: w, ch: make(chan sinkMessage, sinkDepth), done: make(chan struct{}), said: operators.MinTime}
	go s.run()
	return s, nil
}

func (s *sinkNode) run() {
	defer close(s.done)
	for m := range s.ch {
		if s.err == nil {
			switch {
			case m.b != nil:
				s.err = s.writer.Write(m.b)
			case m.save != nil:
				s.err = s.savePart(m.save)
			case m.kept:
				s.err = s.writer.(Durable).Committed()
			case m.mark != operators.MinTime:
				s.writer.(Marked).Mark(m.mark)
			case m.flush: // below, as what was asked for before
			}
			if s.err == nil {
				s.err = s.show(m.flush)
			}
			if s.err != nil {
				s.broken.Store(true)
				s.e.wakeUp()
			}
		}
		if m.save != nil && s.err != nil {
			m.save <- savedSink{err: s.err}
		}
		if m.b != nil {
			m.b.Release()
		}
	}
	if err := s.finish(); s.err == nil {
		s.err = err
	}
	if s.err != nil {
		s.err = fmt.Errorf("cannot write %q: %w", s.node.Sink.Label, s.err)
	}
}

// show makes visible what was written: now, or where that was asked for in vain and nothing
// more waits to be written first. What was sent before a wish is received before it is seen.
func (s *sinkNode) show(now bool) error {
	asked := s.asked.Load()
	idle := len(s.ch) == 0
	if !now && (asked == s.shown || !idle) {
		return nil
	}
	if idle {
		s.shown = asked
	}
	return s.writer.Flush()
}

// finish closes the output, or leaves it to be gone on with.
func (s *sinkNode) finish() error {
	if d, ok := s.writer.(Durable); ok && (s.suspended || s.err != nil) {
		return d.Suspend()
	}
	return s.writer.Close()
}

func (s *sinkNode) savePart(answer chan<- savedSink) error {
	d, ok := s.writer.(Durable)
	if !ok {
		answer <- savedSink{}
		return s.writer.Flush()
	}
	state, err := d.Save()
	if err == nil {
		answer <- savedSink{state: state}
	}
	return err
}

// save has everything written, and how to go on from there told; see saved.
func (s *sinkNode) save() <-chan savedSink {
	answer := make(chan savedSink, 2)
	if s.ended {
		answer <- savedSink{err: s.err}
	} else {
		s.ch <- sinkMessage{mark: operators.MinTime, save: answer}
	}
	return answer
}

// saved waits for what save asked for.
func (s *sinkNode) saved(answer <-chan savedSink) ([]byte, error) {
	got := <-answer
	switch {
	case got.err == nil, s.ended:
		return got.state, got.err
	}
	return nil, fmt.Errorf("cannot write %q: %w", s.node.Sink.Label, got.err)
}

// committed tells the writer that its last save holds.
func (s *sinkNode) committed() error {
	if _, ok := s.writer.(Durable); ok && !s.ended {
		s.ch <- sinkMessage{mark: operators.MinTime, kept: true}
	}
	return nil
}

func (s *sinkNode) batch(_ int, b *operators.Batch) {
	if s.ended || s.broken.Load() {
		b.Release()
		return
	}
	s.rows += int64(b.Len())
	s.ch <- sinkMessage{b: b, mark: operators.MinTime}
}

func (s *sinkNode) mark(_ int, m mark) {
	if _, ok := s.writer.(Marked); ok && !m.End && !s.ended && !s.broken.Load() && m.Time > s.said {
		s.said = m.Time
		s.ch <- sinkMessage{mark: m.Time}
	}
}

func (s *sinkNode) satisfied() bool { return false }

// flush asks for what was written to become visible. It does not wait for a busy sink,
// which does it later: the driver may sleep next, and nobody would ask again.
func (s *sinkNode) flush() {
	s.asked.Add(1)
	select {
	case s.ch <- sinkMessage{mark: operators.MinTime, flush: true}:
	default:
	}
}

// close waits until everything is written.
func (s *sinkNode) close() error {
	if !s.ended {
		s.ended = true
		close(s.ch)
	}
	<-s.done
	return s.err
}

// written is the number of rows of the output.
func (s *sinkNode) written() int64 {
	if c, ok := s.writer.(Counted); ok && s.ended {
		return c.Written()
	}
	return s.rows
}

// warnings are what the writer noticed, once it is closed.
func (s *sinkNode) warnings() []string {
	if !s.ended {
		return nil
	}
	return s.writer.Warnings()
}
