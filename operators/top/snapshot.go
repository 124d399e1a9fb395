package top

import (
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// Save implements paned.State.
func (s *state) Save(w *wire.Writer) error {
	s.Table.Save(w)
	var entries []*kept.Entry
	w.Uint(uint64(len(s.lists)))
	for g, list := range s.lists {
		w.Int(s.most[g])
		w.Uint(uint64(len(list)))
		for _, it := range list {
			w.String(it.order)
			w.String(it.same)
			entries = append(entries, &it.Entry)
		}
	}
	return s.SaveRows(w, entries)
}

// Load implements paned.State.
func (s *state) Load(r *wire.Reader) {
	s.Table.Load(r)
	var entries []*kept.Entry
	for range r.Len() {
		s.most = append(s.most, r.Int())
		var list []*item
		for range r.Len() {
			it := &item{order: r.String(), same: r.String()}
			list, entries = append(list, it), append(entries, &it.Entry)
		}
		s.lists = append(s.lists, list)
	}
	s.LoadRows(r, entries)
}
