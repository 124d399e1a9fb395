package aggregate

import (
	"errors"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// save writes the rows that wait, then no periods with their groups in one table, as they used
// to be, then the periods.
func (c *cumulative) save(w *wire.Writer) error {
	if err := c.waiting.Save(w); err != nil {
		return err
	}
	w.Uint(0)
	one := newFlat(c.a)
	if err := one.saveAggs(w, one.table.Save(w), one.table.Size()); err != nil {
		return err
	}
	w.Bool(true)
	w.Uint(uint64(len(c.due)))
	for _, p := range c.due {
		w.Int(p.start)
		w.Int(p.end)
		w.Int(p.next)
		if err := p.Save(w); err != nil {
			return err
		}
	}
	return nil
}

// load implements finder.
func (c *cumulative) load(r *wire.Reader, mine operators.Mine) {
	c.waiting.Load(r, func(_ int, b *operators.Batch) []int32 { return c.mineOf(b, mine) })
	c.loadOne(r, mine)
	if !r.More() || !r.Bool() {
		return
	}
	for range r.Len() {
		start, end, next := r.Int(), r.Int(), r.Int()
		p := c.byStart[start]
		if p == nil {
			p = c.begin(start, end, next)
		}
		p.Load(r, mine)
	}
}

// mineOf is the rows of a batch whose group is mine.
func (c *cumulative) mineOf(b *operators.Batch, mine operators.Mine) []int32 {
	rows := &operators.Rows{Alloc: c.a.Alloc, Batch: b, Sel: b.Sel}
	keys := rows.All(c.a.by)
	defer operators.ReleaseAll(keys)
	if len(keys) == 0 {
		mine = nil
	}
	return mine.Of(keys, b.Rows)
}

// loadOne reads periods whose groups are in one table.
func (c *cumulative) loadOne(r *wire.Reader, mine operators.Mine) {
	periods, windows := map[int64]*period{}, map[int64]*numbered{}
	for range r.Len() {
		start, end, next, rows := r.Int(), r.Int(), r.Int(), r.Int()
		p := c.byStart[start]
		if p == nil {
			p = c.begin(start, end, next)
		}
		if mine == nil || mine(0) { // of all keys: one instance counts them
			p.rows += rows
		}
		periods[start], windows[start] = p, &numbered{number: start}
	}
	one := newFlat(c.a)
	one.loadGroups(r, func(r *wire.Reader) *numbered {
		w := windows[r.Int()]
		if w == nil {
			r.Fail(errors.New("there is no such period"))
		}
		return w
	})
	for start, p := range periods {
		if err := p.adopt(one, windows[start].groups, mine); err != nil {
			r.Fail(err)
		}
	}
}

// adopt takes over groups of a table for all periods.
func (p *period) adopt(from *flat, groups []int32, mine operators.Mine) error {
	keys := from.table.Keys(from.a.Alloc, groups)
	defer releaseArrays(keys)
	vs := make([]kernel.Vector, len(from.a.by))
	for i := range vs {
		vs[i] = kernel.Vector{Type: from.a.byTypes[i], Arr: keys[i]}
	}
	here := make([]int32, len(groups))
	p.table.Find(vs, len(groups), nil, here)
	for i, agg := range p.aggs {
		agg.Grow(p.table.Size())
		known, err := from.aggs[i].Snapshot(groups)
		if err == nil {
			err = agg.Restore(here, known)
		}
		if err != nil {
			return err
		}
	}
	if p.spill != nil {
		p.spill.Adopt() // the next snapshot puts them on the shelf
	}
	p.forget(p.table.Others(here, mine))
	return nil
}
