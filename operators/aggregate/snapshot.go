package aggregate

import (
	"fmt"

	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/wire"
)

// Snapshot implements operators.Operator.
func (a *Aggregate) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := a.SavePanes(&w); err != nil {
		return nil, err
	}
	if a.updates == nil {
		return w.Buf, nil
	}
	w.Int(a.updates.clock)
	w.Bool(a.updates.alone != nil)
	if a.updates.alone != nil {
		if err := a.updates.alone.State.Save(&w); err != nil {
			return nil, err
		}
	}
	return w.Buf, nil
}

// Save implements paned.State.
func (s *state) Save(w *wire.Writer) error {
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
	a.LoadPanes(r)
	if a.updates != nil {
		a.updates.clock = r.Int()
		if r.Bool() {
			a.updates.alone = &window.Pane[*state]{State: a.newState()}
			a.updates.alone.State.Load(r)
		}
	}
	return a.Restored(r)
}

// Load implements paned.State.
func (s *state) Load(r *wire.Reader) {
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
