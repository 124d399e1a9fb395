package aggregate

import (
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/wire"
)

// save writes the rows that wait, then the periods.
func (c *cumulative) save(w *wire.Writer) error {
	if err := c.waiting.Save(w); err != nil {
		return err
	}
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
