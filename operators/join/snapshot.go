package join

import (
	"errors"
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// Snapshot implements operators.Operator. Where rows can be on a shelf all with a key are:
// then those are not written here, and the buckets are named behind the others.
func (j *Join) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := errors.Join(j.waits.Save(&w), j.saveAlone(&w)); err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	var groups []int32
	if j.ctx.Shelf == nil {
		groups = j.buckets.keys.Save(&w)
	} else {
		if err := j.buckets.flush(); err != nil {
			return nil, err
		}
		group.New(j.Types()).Save(&w)
	}
	for side := range j.sides {
		if err := j.saveSide(&w, ir.Side(side), groups); err != nil {
			return nil, fmt.Errorf("join: %w", err)
		}
	}
	if j.ctx.Shelf != nil {
		w.Bool(true)
		j.buckets.save(&w)
	}
	return w.Buf, nil
}

// saveSide writes the entries of each group in the order they came.
func (j *Join) saveSide(w *wire.Writer, side ir.Side, groups []int32) error {
	s := j.sides[side]
	var list, of []int32
	for i, g := range groups {
		for n := j.buckets.of[0].firstOf(side, g); n != none; n = s.entries[n].next {
			list, of = append(list, n), append(of, int32(i))
		}
	}
	w.Uint(uint64(len(list)))
	ids := make([]kept.ID, len(list))
	for i, n := range list {
		e := &s.entries[n]
		w.Int(int64(of[i]))
		for _, v := range []int64{e.t, e.a, e.seq, e.from, e.to, e.until, e.end} {
			w.Int(v)
		}
		w.Bool(e.matched)
		ids[i] = e.id
	}
	return j.rows[side].Save(w, ids)
}

// Restore implements operators.Operator.
func (j *Join) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	own := func(input int, b *operators.Batch) []int32 { return j.Mine(mine, ir.Side(input), b) }
	j.waits.Load(r, own)
	j.loadAlone(r, own)
	j.loadEntries(r, mine)
	if r.More() && r.Bool() {
		j.buckets.load(r, mine)
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	if err := j.buckets.adapt(mine); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	j.sweep()
	return nil
}

// loadEntries reads the entries of both sides. Where rows can leave memory they go to buckets.
func (j *Join) loadEntries(r *wire.Reader, mine operators.Mine) {
	table := j.buckets.keys
	if j.ctx.Shelf != nil {
		table = group.New(j.Types())
	}
	groups := table.Load(r)
	for side := range j.sides {
		j.loadSide(r, ir.Side(side), groups, mine, j.buckets.placed(table))
	}
	if j.ctx.Shelf == nil {
		for _, g := range groups {
			j.empty = append(j.empty, place{0, g})
		}
		return
	}
	for _, b := range j.buckets.open {
		b.spill.Adopt() // the next snapshot puts them on the shelf
	}
}

// placed says where an entry is kept whose group is of a table.
func (s *buckets) placed(from *group.Table) func(e *entry) {
	if s.shelf == nil {
		return func(*entry) {}
	}
	var code []byte
	return func(e *entry) {
		b := s.bucket(s.spanOf(max(e.t, e.a), e.until))
		code = from.Code(code[:0], e.group)
		e.bucket, e.group = b.number, b.table.ByCode(code)
	}
}

func (j *Join) loadSide(r *wire.Reader, side ir.Side, groups []int32, mine operators.Mine, placed func(e *entry)) {
	entries := make([]entry, r.Len())
	for i := range entries {
		e := entry{prev: none, next: none}
		g := r.Int()
		if g < 0 || int(g) >= len(groups) {
			r.Fail(fmt.Errorf("a row of key %d of %d", g, len(groups)))
			return
		}
		e.group = groups[g]
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
		e := entries[i]
		e.id = ids[i]
		placed(&e)
		b := j.buckets.of[e.bucket]
		b.rows[side]++
		b.had[side] = true
		j.sides[side].add(e)
	}
}

// flush puts the rows that have changed on the shelf.
func (s *buckets) flush() error {
	if err := s.deleteClosed(); err != nil {
		return err
	}
	for _, b := range s.open {
		if err := b.spill.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// save writes what is known of the buckets beside their rows.
func (s *buckets) save(w *wire.Writer) {
	w.Int(s.past)
	w.Uint(uint64(len(s.open)))
	for _, b := range s.open {
		w.Int(b.start)
		w.Int(b.end)
		for side := range b.rows {
			w.Int(b.rows[side])
			w.Bool(b.had[side])
		}
		w.Int(b.put)
	}
}

// errNoShelf is a state that says its rows are where nothing can be.
var errNoShelf = errors.New("the rows of the state are outside of memory, and there is no such place")

// load reads what save wrote, of this or another instance.
func (s *buckets) load(r *wire.Reader, mine operators.Mine) {
	if s.shelf == nil {
		r.Fail(errNoShelf)
		return
	}
	s.past = max(s.past, r.Int())
	for range r.Len() {
		b := s.bucket(span{r.Int(), r.Int()})
		for side := range b.rows {
			if n := r.Int(); mine == nil || mine(0) { // of all keys: one instance counts them
				b.rows[side] += n
			}
			b.had[side] = r.Bool() || b.had[side]
		}
		b.put += r.Int()
		b.spill.Resume()
	}
}

// adapt reads all rows that had other columns, so that the next snapshot writes them as they
// are now.
func (s *buckets) adapt(mine operators.Mine) error {
	j := s.j
	if s.shelf == nil || !j.rows[ir.LeftSide].Adapted() && !j.rows[ir.RightSide].Adapted() {
		return nil
	}
	return j.apart.rows[ir.LeftSide].Adapted(func() error {
		return j.apart.rows[ir.RightSide].Adapted(func() error {
			for _, b := range s.open {
				if _, err := b.spill.BringAll(mine); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
