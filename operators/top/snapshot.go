package top

import (
	"fmt"

	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// Snapshot implements operators.Operator.
func (t *Top) Snapshot() ([]byte, error) {
	var w wire.Writer
	open := t.panes.Open()
	w.Uint(uint64(len(open)))
	for _, p := range open {
		w.Int(p.Start)
		w.Int(p.End)
		if err := p.State.save(&w); err != nil {
			return nil, err
		}
	}
	if t.alone != nil {
		if err := t.alone.save(&w); err != nil {
			return nil, err
		}
	}
	return w.Buf, nil
}

func (s *state) save(w *wire.Writer) error {
	s.table.Save(w)
	var ids []kept.ID
	w.Uint(uint64(len(s.lists)))
	for g, list := range s.lists {
		w.Int(s.most[g])
		w.Uint(uint64(len(list)))
		for _, it := range list {
			w.String(it.order)
			w.String(it.same)
			ids = append(ids, it.id)
		}
	}
	if s.expiry != nil {
		s.expiry.Save(w)
	}
	return s.rows.Save(w, ids)
}

// Restore implements operators.Operator.
func (t *Top) Restore(saved []byte) error {
	r := wire.NewReader(saved)
	for range r.Len() {
		start, end := r.Int(), r.Int()
		s := t.newState()
		s.load(r)
		t.panes.Reopen(start, end, s)
	}
	if t.alone != nil {
		t.alone.load(r)
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("top: %w", err)
	}
	return nil
}

func (s *state) load(r *wire.Reader) {
	s.table.Load(r)
	var items []*item
	for range r.Len() {
		s.most = append(s.most, r.Int())
		var list []*item
		for range r.Len() {
			list = append(list, &item{order: r.String(), same: r.String()})
		}
		s.lists = append(s.lists, list)
		items = append(items, list...)
	}
	if s.expiry != nil {
		s.expiry.Load(r)
	}
	ids := s.rows.Load(r)
	if len(ids) != len(items) {
		r.Fail(fmt.Errorf("%d rows for %d places", len(ids), len(items)))
		return
	}
	for i, it := range items {
		it.id = ids[i]
	}
}
