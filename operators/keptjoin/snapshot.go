package keptjoin

import (
	"errors"
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// Snapshot implements operators.Operator. Where keys can be on a shelf, they all are: then
// none of them is written here, and that is said behind them.
func (j *Join) Snapshot() ([]byte, error) {
	var w wire.Writer
	var groups []int32
	if j.spill != nil {
		if err := errors.Join(j.apart.pieces.take(), j.spill.Flush()); err != nil {
			return nil, err
		}
		group.New(j.Types()).Save(&w)
	} else {
		groups = j.table.Save(&w)
	}
	j.expiry.Save(&w, groups)
	for side := range j.lists {
		var ids []kept.ID
		for _, g := range groups {
			w.Uint(uint64(j.lists[side][g].n))
			for r := j.lists[side][g].first; r != nil; r = r.next {
				w.Int(r.t)
				w.Int(r.a)
				w.Int(r.seq)
				w.Int(int64(r.partners))
				w.Bytes(r.code)
				ids = append(ids, r.id)
			}
		}
		if err := j.rows[side].Save(&w, ids); err != nil {
			return nil, fmt.Errorf("join: %w", err)
		}
	}
	if j.spill != nil {
		w.Bool(true)
	}
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (j *Join) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	groups := j.table.Load(r)
	j.expiry.Load(r, groups)
	j.grow()
	for side := range j.lists {
		j.loadSide(r, ir.Side(side), groups)
	}
	onShelf := r.More() && r.Bool()
	if err := r.Err(); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	if onShelf {
		return j.resume(mine)
	}
	if j.spill != nil {
		j.spill.Adopt() // the next snapshot puts them on the shelf
	}
	others := j.table.Others(groups, mine)
	for _, g := range others {
		j.forget(g)
	}
	j.dropLeft()
	j.removed(others)
	j.table.Remove(others)
	j.reopen(groups)
	return nil
}

func (j *Join) loadSide(r *wire.Reader, side ir.Side, groups []int32) {
	var rows []*row
	for _, g := range groups {
		for range r.Len() {
			rows = append(rows, &row{side: side, group: g, t: r.Int(), a: r.Int(), seq: r.Int(), partners: int(r.Int()), code: slices.Clone(r.Bytes())})
		}
	}
	ids := j.rows[side].Load(r)
	if len(ids) != len(rows) {
		r.Fail(fmt.Errorf("%d rows for %d entries", len(ids), len(rows)))
		return
	}
	j.recode(side, rows, ids)
	for i, x := range rows {
		x.id = ids[i]
		j.add(x)
	}
}

// recode gives rows that are known by all of their columns their codes anew, where they
// have other columns now than when they were written down.
func (j *Join) recode(side ir.Side, rows []*row, ids []kept.ID) {
	if !j.rows[side].Adapted() || !j.changes[side] || len(j.identity[side]) > 0 || len(ids) == 0 {
		return
	}
	b := j.rows[side].Take(ids)
	defer b.Release()
	code := j.code(side, b)
	for i, x := range rows {
		x.code = code(x.code[:0], i)
	}
}
