package over

import (
	"fmt"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// save writes what is known of all keys. All rows are old by then.
func (e *engine) save(w *wire.Writer) error {
	groups := e.table.Save(w)
	var ids []kept.ID
	for _, g := range groups {
		k := &e.keys[g]
		k.save(w)
		w.Uint(uint64(len(k.rows) - k.head))
		for _, en := range k.rows[k.head:] {
			w.Int(en.time)
			w.Int(en.seq)
			ids = append(ids, en.id)
		}
	}
	if err := e.history.Save(w, ids); err != nil {
		return err
	}
	for _, c := range e.calls {
		if err := c.save(w, groups); err != nil {
			return err
		}
	}
	return nil
}

// save writes what is known of a key beside its rows.
func (k *key) save(w *wire.Writer) {
	w.Int(k.first)
	w.Int(k.next)
	w.Int(k.time)
	w.Int(k.rank)
	w.Int(k.dense)
	for _, s := range k.spans {
		w.Int(s.lo)
		w.Int(s.hi)
	}
}

func (k *key) load(r *wire.Reader) {
	k.first, k.next, k.time, k.rank, k.dense = r.Int(), r.Int(), r.Int(), r.Int(), r.Int()
	for i := range k.spans {
		k.spans[i] = span{lo: r.Int(), hi: r.Int()}
	}
}

// load adds what is mine of the keys that save wrote, and returns their groups.
func (e *engine) load(r *wire.Reader, mine operators.Mine) []int32 {
	groups := e.table.Load(r)
	e.grow(e.table.Size())
	n := 0
	for _, g := range groups {
		k := &e.keys[g]
		k.load(r)
		for range r.Len() {
			k.rows = append(k.rows, entry{time: r.Int(), seq: r.Int()})
			n++
		}
	}
	ids := e.history.Load(r)
	if len(ids) != n {
		r.Fail(fmt.Errorf("%d rows for %d places", len(ids), n))
		return nil
	}
	for _, g := range groups {
		k := &e.keys[g]
		for i := range k.rows {
			k.rows[i].id, ids = ids[0], ids[1:]
		}
	}
	for _, c := range e.calls {
		c.load(r, groups)
	}
	if e.apart != nil {
		e.apart.spill.Adopt() // the next snapshot puts them on the shelf
	}
	others := e.table.Others(groups, mine)
	for _, g := range others {
		e.forget(g)
	}
	return without(groups, others)
}

// without are the groups of a list that are not in others, which is in its order.
func without(groups, others []int32) []int32 {
	var out []int32
	for _, g := range groups {
		if len(others) > 0 && others[0] == g {
			others = others[1:]
			continue
		}
		out = append(out, g)
	}
	return out
}
