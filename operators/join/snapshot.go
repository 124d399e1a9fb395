package join

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// Snapshot implements operators.Operator.
func (j *Join) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := j.waits.Save(&w); err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	groups := j.table.Save(&w)
	for side := range j.sides {
		if err := j.saveSide(&w, ir.Side(side), groups); err != nil {
			return nil, fmt.Errorf("join: %w", err)
		}
	}
	return w.Buf, nil
}

// saveSide writes the entries of each group in the order they came, then those
// without one.
func (j *Join) saveSide(w *wire.Writer, side ir.Side, groups []int32) error {
	s := j.sides[side]
	w.Uint(uint64(s.n))
	ids := make([]kept.ID, 0, s.n)
	save := func(e *entry, group int) {
		w.Int(int64(group))
		for _, v := range []int64{e.t, e.a, e.seq, e.from, e.to, e.until, e.end} {
			w.Int(v)
		}
		w.Bool(e.matched)
		ids = append(ids, e.id)
	}
	for i, g := range groups {
		for n := s.first(g); n != none; n = s.entries[n].next {
			save(&s.entries[n], i)
		}
	}
	for _, n := range s.due.All() {
		if e := &s.entries[n]; e.group < 0 {
			save(e, -1)
		}
	}
	return j.rows[side].Save(w, ids)
}

// Restore implements operators.Operator.
func (j *Join) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	j.waits.Load(r, func(input int, b *operators.Batch) []int32 { return j.Mine(mine, ir.Side(input), b) })
	groups := j.table.Load(r)
	for side := range j.sides {
		j.loadSide(r, ir.Side(side), groups, mine)
	}
	j.empty = append(j.empty, groups...)
	j.sweep()
	if err := r.Err(); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	return nil
}

func (j *Join) loadSide(r *wire.Reader, side ir.Side, groups []int32, mine operators.Mine) {
	entries := make([]entry, r.Len())
	for i := range entries {
		e := entry{group: none, prev: none, next: none}
		if g := r.Int(); g >= 0 && int(g) < len(groups) {
			e.group = groups[g]
		}
		for _, v := range []*int64{&e.t, &e.a, &e.seq, &e.from, &e.to, &e.until, &e.end} {
			*v = r.Int()
		}
		e.matched = r.Bool()
		entries[i] = e
	}
	ids := j.rows[side].Load(r)
	if len(ids) != len(entries) {
		r.Fail(fmt.Errorf("%d rows for %d entries", len(ids), len(entries)))
		return
	}
	for _, i := range j.Own(j.rows, side, ids, mine) {
		entries[i].id = ids[i]
		j.sides[side].add(entries[i])
	}
}
