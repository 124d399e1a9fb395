package top

import (
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// Save implements paned.State.
func (s *state) Save(w *wire.Writer) error {
	if all, err := s.SaveApart(w); all {
		return err
	}
	groups := s.Table.Save(w)
	var entries []*kept.Entry
	for _, g := range groups {
		list := s.lists[g]
		w.Int(s.most[g])
		w.Uint(uint64(len(list)))
		for _, it := range list {
			w.Bytes(it.order())
			w.Bytes(it.same())
			entries = append(entries, &it.Entry)
		}
	}
	return s.SaveRows(w, groups, entries)
}

// Load implements paned.State.
func (s *state) Load(r *wire.Reader, mine operators.Mine) {
	if s.LoadApart(r, mine, s.recode) {
		return
	}
	groups := s.Table.Load(r)
	s.grow()
	var entries []*kept.Entry
	var items []*item
	for _, g := range groups {
		s.most[g] = r.Int()
		var list []*item
		for range r.Len() {
			it := s.pool.Take()
			it.setOrder(r.Bytes())
			it.setSame(r.Bytes())
			list, entries, items = append(list, it), append(entries, &it.Entry), append(items, it)
		}
		s.lists[g] = list
	}
	if s.LoadRows(r, groups, entries); !r.Failed() {
		s.Recode(entries, s.in, func(i int, code []byte) {
			if len(items[i].same()) > 0 {
				items[i].setSame(code)
			}
		})
	}
	s.RemoveOthers(groups, mine, s.drop)
}
