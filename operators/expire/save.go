package expire

import (
	"errors"
	"fmt"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/wire"
)

// Snapshot implements operators.Operator.
func (x *Expire) Snapshot() ([]byte, error) {
	var w wire.Writer
	w.Int(x.clock)
	x.least.save(&w)
	if err := x.waits.Save(&w); err != nil {
		return nil, err
	}
	err := x.lasts.save(&w)
	return w.Buf, err
}

// save writes the keys with their rows or, where they can be on a shelf, puts them there.
func (l *lasts) save(w *wire.Writer) error {
	w.Bool(l.apart != nil)
	if l.apart != nil {
		return l.apart.put()
	}
	groups := l.table.Save(w)
	ids := make([]kept.ID, len(groups))
	for i, g := range groups {
		it := l.items[g]
		w.Int(it.time)
		w.Int(it.arrival)
		ids[i] = it.ID
	}
	return l.rows.Save(w, ids)
}

// Restore implements operators.Operator.
func (x *Expire) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	x.clock = max(x.clock, r.Int())
	x.least.load(r)
	x.waits.Load(r, nil)
	if r.Bool() {
		return x.lasts.resume(r, mine)
	}
	return x.lasts.load(r)
}

// damaged is a snapshot that cannot be read.
func damaged(err error) error { return fmt.Errorf("expire: the snapshot is damaged: %w", err) }

func (l *lasts) load(r *wire.Reader) error {
	groups := l.table.Load(r)
	l.grow()
	for _, g := range groups {
		it := l.pool.Take()
		*it = item{time: r.Int(), arrival: r.Int()}
		l.items[g] = it
		l.ages.add(g, l.gone(it.time))
	}
	ids := l.rows.Load(r)
	if len(ids) != len(groups) {
		r.Fail(fmt.Errorf("%d rows for %d keys", len(ids), len(groups)))
	}
	if err := r.Err(); err != nil {
		return damaged(err)
	}
	for i, g := range groups {
		l.items[g].ID = ids[i]
	}
	l.recode(groups)
	if l.apart != nil {
		l.apart.spill.Adopt() // the next snapshot puts them on the shelf
	}
	return nil
}

// recode gives the rows of groups the codes of all that readers see of them.
func (l *lasts) recode(groups []int32) {
	if len(groups) == 0 {
		return
	}
	ids := make([]kept.ID, len(groups))
	for i, g := range groups {
		ids[i] = l.items[g].ID
	}
	b := l.rows.Take(ids)
	defer b.Release()
	same := paned.RowCode(b, l.x.in)
	for i, g := range groups {
		l.items[g].same = same(nil, i)
	}
}

// errNoShelf is a state that says its keys are where nothing can be.
var errNoShelf = errors.New("expire: the keys of the state are outside of memory, and there is no such place")

// resume goes on with keys that are on the shelf. Rows that have other columns by now are all
// read, so that the next snapshot writes them as they are now.
func (l *lasts) resume(r *wire.Reader, mine operators.Mine) error {
	a := l.apart
	if a == nil {
		return errNoShelf
	}
	if err := r.Err(); err != nil {
		return damaged(err)
	}
	a.spill.Resume()
	if !l.rows.Adapted() {
		return nil
	}
	var groups []int32
	err := a.rows.Adapted(func() (err error) {
		groups, err = a.spill.BringAll(mine)
		return err
	})
	if err == nil {
		l.recode(groups)
	}
	return err
}
