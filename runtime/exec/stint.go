package exec

import (
	"errors"
	"runtime/debug"
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// stint is an instance at work on a watermark. It has a goroutine of its own and stands
// still when it has given a batch of rows, until it is told to go on: a window
// that closes may have more rows than there is memory for.
type stint struct {
	*capture
	limit int           // of rows, 0 for none
	held  int           // rows given since it was told to go on
	quit  bool          // nobody wants its rows any more
	more  chan struct{} // it is told to go on
	still chan struct{} // it stands still, or has ended
	ended bool
	err   error
}

// begin starts an instance on a watermark.
func begin(op operators.Operator, w operators.Watermark, limit int) *stint {
	t := &stint{capture: newCapture(), limit: limit, more: make(chan struct{}), still: make(chan struct{})}
	go func() {
		defer func() {
			if r := recover(); r != nil {
				t.err = bugAt(r, debug.Stack())
			}
			t.ended = true
			t.still <- struct{}{}
		}()
		t.err = op.OnWatermark(w, t)
	}()
	return t
}

// Emit keeps a batch, and stands still where that makes too many rows.
func (t *stint) Emit(port int, b *operators.Batch) {
	if t.quit {
		b.Release()
		return
	}
	t.held += b.Len()
	t.capture.Emit(port, b)
	if t.limit > 0 && t.held >= t.limit {
		t.held = 0
		t.still <- struct{}{}
		<-t.more
	}
}

// next frees the rows of an instance that stands still, and has it go on until it does so
// again.
func (t *stint) next() {
	t.releaseRows()
	t.more <- struct{}{}
	<-t.still
}

// finish has the instance come to its end, and nothing that it gives on the way is kept.
func (t *stint) finish() {
	for t.quit = true; !t.ended; {
		t.next()
	}
}

// onWatermark tells all instances, at the end beside each other, and gives out their rows in
// the order of one. Rows of a port leave before those of the next, so that an operator with
// several has them all held. Rows of side doors have an order of their own, and wait until
// all are known.
func (s *split) onWatermark(w operators.Watermark) error {
	limit := s.node.e.opt.BatchRows
	if len(s.node.outs) > 1 {
		limit = 0
	}
	stints := s.begin(w, limit)
	defer func() {
		for _, t := range stints {
			t.finish()
		}
	}()
	some := !allEnded(stints) && stintsError(stints) == nil
	if some {
		s.replayStints(stints)
	}
	outs := make([]*capture, len(stints))
	for i, t := range stints {
		t.finish()
		if outs[i] = t.capture; some {
			t.releaseRows() // they have left
		}
	}
	err := stintsError(stints)
	s.replay(outs, err, s.less, false)
	return err
}

// begin starts all instances and waits until each stands still or has ended.
func (s *split) begin(w operators.Watermark, limit int) []*stint {
	stints := make([]*stint, len(s.instances))
	for i, op := range s.instances {
		stints[i] = begin(op, w, limit)
		if !w.End {
			<-stints[i].still
		}
	}
	for _, t := range stints {
		if w.End {
			<-t.still
		}
	}
	return stints
}

// less orders rows that instances gave on a watermark.
func (s *split) less(a, b *operators.Batch) func(i, j int) bool {
	return s.instances[0].(operators.Parallel).Less(a, b)
}

func allEnded(stints []*stint) bool {
	return !slices.ContainsFunc(stints, func(t *stint) bool { return !t.ended })
}

func stintsError(stints []*stint) error {
	var errs []error
	for _, t := range stints {
		errs = append(errs, t.err)
	}
	return errors.Join(errs...)
}
