package asof

import (
	"errors"
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// own tells which rows of an input are those of an instance.
func (j *join) own(mine operators.Mine) func(input int, b *operators.Batch) []int32 {
	return func(input int, b *operators.Batch) []int32 { return j.Mine(mine, ir.Side(input), b) }
}

// Snapshot implements operators.Operator.
func (j *Back) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := j.waits.Save(&w); err != nil {
		return nil, fmt.Errorf("asof join: %w", err)
	}
	var err error
	if w.Bool(j.keys != nil); j.keys != nil {
		err = j.keys.save()
	} else {
		err = j.save(&w)
	}
	return w.Buf, err
}

// save writes the right rows by their keys.
func (j *Back) save(w *wire.Writer) error {
	groups := j.table.Save(w)
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
	return j.rows[ir.RightSide].Save(w, ids)
}

// Restore implements operators.Operator.
func (j *Back) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	j.waits.Load(r, j.own(mine))
	if r.Bool() {
		if err := j.keys.resume(mine); err != nil {
			return fmt.Errorf("asof join: %w", err)
		}
	} else {
		j.load(r, mine)
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("asof join: %w", err)
	}
	if j.keys != nil {
		j.sweepAt = operators.MinTime // others may have swept at other times: see passed
	}
	return nil
}

// load adds what is mine of what save wrote.
func (j *Back) load(r *wire.Reader, mine operators.Mine) {
	groups := j.table.Load(r)
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
	if r.Failed() {
		return
	}
	for i, v := range there {
		v.id = ids[i]
	}
	others := j.table.Others(groups, mine)
	for _, g := range others {
		j.drop(j.history[g])
		j.history[g] = nil
	}
	if j.keys != nil {
		j.keys.spill.Adopt() // the next snapshot puts them on the shelf
	}
	j.remove(others)
}

// Snapshot implements operators.Operator.
func (j *Forward) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := errors.Join(j.waits.Save(&w), j.alone.Save(&w)); err != nil {
		return nil, fmt.Errorf("asof join: %w", err)
	}
	var err error
	if w.Bool(j.apart != nil); j.apart != nil {
		err = j.apart.save(&w)
	} else {
		err = j.save(&w)
	}
	return w.Buf, err
}

// save writes the left rows that wait for their answer.
func (j *Forward) save(w *wire.Writer) error {
	groups := j.table.Save(w)
	place := map[int32]int64{}
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
	if err := j.rows[ir.LeftSide].Save(w, lefts); err != nil {
		return err
	}
	return j.rows[ir.RightSide].Save(w, rights)
}

// Restore implements operators.Operator.
func (j *Forward) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	j.waits.Load(r, j.own(mine))
	j.alone.Load(r, j.own(mine))
	if r.Bool() {
		n := r.Int()
		if err := r.Err(); err != nil {
			return fmt.Errorf("asof join: %w", err)
		}
		if err := j.apart.resume(n, mine); err != nil {
			return fmt.Errorf("asof join: %w", err)
		}
		return nil
	}
	groups := j.load(r, mine)
	if err := r.Err(); err != nil {
		return fmt.Errorf("asof join: %w", err)
	}
	j.dropUnread()
	if j.apart != nil {
		j.apart.spill.Adopt() // the next snapshot puts them on the shelf
	}
	j.forgetEmpty(groups)
	return nil
}

// load adds what is mine of what save wrote, and returns the groups it had.
func (j *Forward) load(r *wire.Reader, mine operators.Mine) []int32 {
	groups := j.table.Load(r)
	j.grow()
	waiters := make([]waiter, r.Len())
	var found []int
	for i := range waiters {
		x := &waiters[i]
		if g := r.Int(); g >= 0 && int(g) < len(groups) {
			x.group = groups[g]
		} else {
			r.Fail(fmt.Errorf("a row of key %d of %d", g, len(groups)))
		}
		x.right = -1
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
	if r.Failed() {
		return nil
	}
	for i, id := range rights {
		waiters[found[i]].right = id
		j.rights[id] = 0
		j.unread = append(j.unread, id)
	}
	for _, i := range j.Own(j.rows, ir.LeftSide, lefts, mine) {
		waiters[i].left = lefts[i]
		if waiters[i].right >= 0 {
			j.rights[waiters[i].right]++
		}
		j.add(waiters[i])
	}
	return groups
}
