package aggregate

import (
	"fmt"

	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/wire"
)

// Snapshot implements operators.Operator.
func (a *Aggregate) Snapshot() ([]byte, error) {
	var w wire.Writer
	open := a.panes.Open()
	w.Uint(uint64(len(open)))
	for _, p := range open {
		w.Int(p.Start)
		w.Int(p.End)
		if err := p.State.save(&w); err != nil {
			return nil, err
		}
	}
	if a.updates == nil {
		return w.Buf, nil
	}
	w.Int(a.updates.clock)
	w.Bool(a.updates.alone != nil)
	if a.updates.alone != nil {
		if err := a.updates.alone.State.save(&w); err != nil {
			return nil, err
		}
	}
	return w.Buf, nil
}

func (s *state) save(w *wire.Writer) error {
	s.table.Save(w)
	w.Int(s.rows)
	for _, agg := range s.aggs {
		b, err := agg.Snapshot()
		if err != nil {
			return fmt.Errorf("aggregate: %w", err)
		}
		w.Bytes(b)
	}
	if s.live != nil {
		s.live.save(w)
	}
	return nil
}

// Restore implements operators.Operator.
func (a *Aggregate) Restore(saved []byte) error {
	r := wire.NewReader(saved)
	for range r.Len() {
		start, end := r.Int(), r.Int()
		s := a.newState()
		s.load(r)
		a.panes.Reopen(start, end, s)
		a.held += s.rows
	}
	if a.updates != nil {
		a.updates.clock = r.Int()
		if r.Bool() {
			a.updates.alone = &window.Pane[*state]{State: a.newState()}
			a.updates.alone.State.load(r)
		}
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("aggregate: %w", err)
	}
	return nil
}

func (s *state) load(r *wire.Reader) {
	s.table.Load(r)
	s.rows = r.Int()
	for _, agg := range s.aggs {
		if err := agg.Restore(r.Bytes()); err != nil {
			r.Fail(err)
		}
	}
	if s.live != nil {
		s.live.load(r)
	}
}
