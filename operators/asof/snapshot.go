package asof

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// save writes what both directions have, and returns the groups in the order written.
func (j *join) save(w *wire.Writer) ([]int32, error) {
	if err := j.waits.Save(w); err != nil {
		return nil, fmt.Errorf("asof join: %w", err)
	}
	return j.table.Save(w), nil
}

func (j *join) load(r *wire.Reader, mine operators.Mine) []int32 {
	j.waits.Load(r, func(input int, b *operators.Batch) []int32 { return j.Mine(mine, ir.Side(input), b) })
	return j.table.Load(r)
}

// Snapshot implements operators.Operator.
func (j *Back) Snapshot() ([]byte, error) {
	var w wire.Writer
	groups, err := j.save(&w)
	if err != nil {
		return nil, err
	}
	var ids []kept.ID
	for _, g := range groups {
		w.Uint(uint64(len(j.history[g])))
		for _, v := range j.history[g] {
			w.Int(v.t)
			w.Int(v.a)
			w.Int(v.seq)
			w.Bool(v.id >= 0)
			if v.id >= 0 {
				ids = append(ids, v.id)
			}
		}
	}
	w.Int(j.sweepAt)
	err = j.rows[ir.RightSide].Save(&w, ids)
	return w.Buf, err
}

// Restore implements operators.Operator.
func (j *Back) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	groups := j.load(r, mine)
	j.grow()
	var there []*version
	for _, g := range groups {
		j.history[g] = make([]version, r.Len())
		for i := range j.history[g] {
			v := &j.history[g][i]
			v.t, v.a, v.seq, v.id = r.Int(), r.Int(), r.Int(), -1
			if r.Bool() {
				there = append(there, v)
			}
		}
	}
	j.sweepAt = r.Int()
	ids := j.rows[ir.RightSide].Load(r)
	if len(ids) != len(there) {
		r.Fail(fmt.Errorf("%d rows for %d versions", len(ids), len(there)))
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("asof join: %w", err)
	}
	for i, v := range there {
		v.id = ids[i]
	}
	others := j.table.Others(groups, mine)
	for _, g := range others {
		j.drop(j.history[g])
		j.history[g] = nil
	}
	j.table.Remove(others)
	return nil
}

// Snapshot implements operators.Operator.
func (j *Forward) Snapshot() ([]byte, error) {
	var w wire.Writer
	groups, err := j.save(&w)
	if err != nil {
		return nil, err
	}
	place := map[int32]int64{-1: -1}
	for i, g := range groups {
		place[g] = int64(i)
	}
	all := j.due.All()
	w.Uint(uint64(len(all)))
	var lefts, rights []kept.ID
	for _, n := range all {
		x := &j.waiting[n]
		w.Int(place[x.group])
		for _, v := range []int64{x.t, x.a, x.at, x.seq, x.rightA, x.until, x.rightT} {
			w.Int(v)
		}
		w.Bool(x.right >= 0)
		lefts = append(lefts, x.left)
		if x.right >= 0 {
			rights = append(rights, x.right)
		}
	}
	if err := j.rows[ir.LeftSide].Save(&w, lefts); err != nil {
		return nil, err
	}
	err = j.rows[ir.RightSide].Save(&w, rights)
	return w.Buf, err
}

// Restore implements operators.Operator.
func (j *Forward) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	groups := j.load(r, mine)
	j.grow()
	waiters := make([]waiter, r.Len())
	var found []int
	for i := range waiters {
		x := &waiters[i]
		x.group, x.right = -1, -1
		if g := r.Int(); g >= 0 && int(g) < len(groups) {
			x.group = groups[g]
		}
		for _, v := range []*int64{&x.t, &x.a, &x.at, &x.seq, &x.rightA, &x.until, &x.rightT} {
			*v = r.Int()
		}
		if r.Bool() {
			found = append(found, i)
		}
	}
	lefts, rights := j.rows[ir.LeftSide].Load(r), j.rows[ir.RightSide].Load(r)
	if len(lefts) != len(waiters) || len(rights) != len(found) {
		r.Fail(fmt.Errorf("%d and %d rows for %d and %d places", len(lefts), len(rights), len(waiters), len(found)))
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("asof join: %w", err)
	}
	for i, id := range rights {
		waiters[found[i]].right = id
		j.rights[id] = 0
	}
	for _, i := range j.Own(j.rows, ir.LeftSide, lefts, mine) {
		waiters[i].left = lefts[i]
		if waiters[i].right >= 0 {
			j.rights[waiters[i].right]++
		}
		j.add(waiters[i])
	}
	j.dropUnread()
	j.forgetEmpty(groups)
	return nil
}
