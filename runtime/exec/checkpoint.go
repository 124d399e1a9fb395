package exec

import "time"

// Checkpoints says when a run is written down, and where.
type Checkpoints interface {
	// Due is asked between two pulls.
	Due() bool
	// Wait is how long it is until Due holds while nothing comes in; 0 for never.
	Wait() time.Duration
	// Settle tells that a Commit follows, so that what was recorded can be made last while
	// the state is written down.
	Settle()
	// Commit makes a state and everything that was recorded until now last, or nothing
	// of them. ended: the inputs have ended, and every output was written to its end.
	Commit(s *State, ended bool) error
}

// sink is what an output goes on from.
func (s *State) sink(n *Node) []byte {
	if s == nil {
		return nil
	}
	return s.Parts[partSink+n.Identity()]
}

// checkpoint writes the run down if that is due.
func (e *Engine) checkpoint() {
	if c := e.opt.Checkpoints; c != nil && !e.failed() && c.Due() {
		e.commit(false)
	}
}

// lastCheckpoint writes the run down when it stops. Where it is to go on, its outputs are
// left as they are.
func (e *Engine) lastCheckpoint(paused bool) {
	if e.opt.Checkpoints == nil {
		return
	}
	if !e.failed() {
		e.commit(!paused)
	}
	if paused || e.failed() {
		for _, s := range e.sinks {
			s.suspended = true
		}
	}
}

func (e *Engine) commit(ended bool) {
	e.opt.Checkpoints.Settle()
	s, err := e.save()
	if err == nil {
		err = e.opt.Checkpoints.Commit(s, ended)
	}
	if err == nil {
		e.committedTaken()
	}
	for _, w := range e.sinks {
		if err == nil {
			err = w.committed()
		}
	}
	e.fail(err)
}

// paused reports that an input has come to the end of what is there, but may go on.
func (e *Engine) paused() bool {
	for _, t := range e.sources {
		if t.pauses() && !t.exhausted {
			return true
		}
	}
	return false
}

// pauses: the end of the topic's lanes is not the end of its input.
func (t *topicNode) pauses() bool {
	for _, l := range t.lanes {
		if l.spec.Pauses {
			return true
		}
	}
	return false
}
