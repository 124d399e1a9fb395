package top

import (
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// Save implements paned.State.
func (s *state) Save(w *wire.Writer) error {
	groups := s.Table.Save(w)
	var entries []*kept.Entry
	for _, g := range groups {
		list := s.lists[g]
		w.Int(s.most[g])
		w.Uint(uint64(len(list)))
		for _, it := range list {
			w.String(it.order)
			w.String(it.same)
			entries = append(entries, &it.Entry)
		}
	}
	return s.SaveRows(w, groups, entries)
}

// Load implements paned.State.
func (s *state) Load(r *wire.Reader, mine operators.Mine) {
	groups := s.Table.Load(r)
	s.grow()
	var entries []*kept.Entry
	for _, g := range groups {
		s.most[g] = r.Int()
		var list []*item
		for range r.Len() {
			it := &item{order: r.String(), same: r.String()}
			list, entries = append(list, it), append(entries, &it.Entry)
		}
		s.lists[g] = list
	}
	s.LoadRows(r, groups, entries)
	s.RemoveOthers(groups, mine, s.drop)
}
