package aggregate

import (
	"fmt"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/wire"
)

// Snapshot implements operators.Operator.
func (a *Aggregate) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := a.deleteClosed(); err != nil {
		return nil, err
	}
	if a.finds != nil {
		err := a.finds.save(&w)
		return w.Buf, err
	}
	if err := a.SavePanes(&w); err != nil {
		return nil, err
	}
	if a.fill != nil {
		if err := a.fill.save(&w); err != nil {
			return nil, err
		}
	}
	if a.updates == nil {
		return w.Buf, nil
	}
	w.Int(a.updates.ticks.Clock)
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
	w.Bool(s.spill != nil)
	if s.spill != nil {
		w.Int(s.rows)
		return s.spill.Flush()
	}
	groups := s.table.Save(w)
	w.Int(s.rows)
	if err := s.saveAggs(w, groups, s.table.Size()); err != nil {
		return err
	}
	if s.live != nil {
		s.live.grow(s.table.Size())
		s.live.save(w, groups)
	}
	w.Bool(len(s.times) > 0)
	if len(s.times) > 0 {
		for _, g := range groups {
			w.Int(s.times[g])
		}
	}
	return nil
}

// saveAggs writes what the aggregators, which have room for n groups, know of some.
func (s *state) saveAggs(w *wire.Writer, groups []int32, n int) error {
	for _, agg := range s.aggs {
		agg.Grow(n)
		b, err := agg.Snapshot(groups)
		if err != nil {
			return fmt.Errorf("aggregate: %w", err)
		}
		w.Bytes(b)
	}
	return nil
}

// loadAggs reads it back, into as many groups.
func (s *state) loadAggs(r *wire.Reader, groups []int32, n int) {
	for _, agg := range s.aggs {
		agg.Grow(n)
		if err := agg.Restore(groups, r.Bytes()); err != nil {
			r.Fail(err)
		}
	}
}

// Restore implements operators.Operator.
func (a *Aggregate) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	if a.finds != nil {
		a.finds.load(r, mine)
		return a.Restored(r)
	}
	a.LoadPanes(r, mine)
	if a.fill != nil {
		a.fill.load(r)
	}
	if a.updates != nil {
		a.updates.ticks.Clock = max(a.updates.ticks.Clock, r.Int())
		if r.Bool() {
			a.updates.begin()
			a.updates.alone.State.Load(r, mine)
		}
	}
	return a.Restored(r)
}

// Load implements paned.State.
func (s *state) Load(r *wire.Reader, mine operators.Mine) {
	if r.Bool() {
		s.resume(r, mine)
		return
	}
	groups := s.table.Load(r)
	if rows := r.Int(); mine == nil || mine(0) { // of all keys: one instance counts them
		s.rows += rows
	}
	s.loadAggs(r, groups, s.table.Size())
	if s.live != nil {
		s.live.grow(s.table.Size())
		s.live.load(r, groups)
	}
	if r.Bool() {
		for len(s.times) < s.table.Size() {
			s.times = append(s.times, operators.MinTime)
		}
		for _, g := range groups {
			s.times[g] = r.Int()
		}
	}
	if s.spill != nil {
		s.spill.Adopt() // the next snapshot puts them on the shelf
	}
	s.forget(s.table.Others(groups, mine)) // those of other instances
}
