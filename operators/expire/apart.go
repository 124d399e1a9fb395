package expire

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"unsafe"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// apart writes single keys with their rows, so that those leave memory that no row has come
// for of late.
type apart struct {
	l     *lasts
	spill *spill.Groups
	rows  *kept.Apart
	dates *dates
	ids   []kept.ID // scratch
	codes [][]byte  // scratch
	found []int32   // scratch
}

// What names begin with on the shelf, beside rows that wait.
const (
	keysPrefix  = "keys"
	datesPrefix = "when"
)

func newApart(l *lasts, shelf operators.Shelf) *apart {
	a := &apart{l: l, rows: kept.NewApart(l.rows, l.x.in), dates: newDates(spill.NewPart(shelf, []byte(datesPrefix)), l.x.after)}
	a.spill = spill.New(l.table, spill.NewPart(shelf, []byte(keysPrefix)), a)
	return a
}

// broughtAtOnce is how many keys come back together whose rows will be too old.
const broughtAtOnce = 1024

// bring is that of lasts.
func (a *apart) bring(to, horizon int64) (date, error) {
	if a.dates.first().at >= to {
		return date{at: to}, nil
	}
	some, err := a.dates.take(a.l.x.clock, horizon, broughtAtOnce)
	if err != nil {
		return date{}, err
	}
	a.codes = a.codes[:0]
	for _, d := range some {
		a.codes = append(a.codes, d.code)
	}
	slices.SortFunc(a.codes, bytes.Compare)
	a.codes = slices.CompactFunc(a.codes, bytes.Equal)
	a.found = slices.Grow(a.found[:0], len(a.codes))[:len(a.codes)]
	if err := a.spill.Look(a.codes, a.found); err != nil {
		return date{}, err
	}
	if next := a.dates.first(); next.at < to {
		return next, nil
	}
	return date{at: to}, nil
}

// Grow implements spill.Codec.
func (a *apart) Grow(int) { a.l.grow() }

// Saving implements spill.Together.
func (a *apart) Saving(groups []int32) error {
	a.ids = a.ids[:0]
	for _, g := range groups {
		if it := a.l.items[g]; it != nil {
			a.ids = append(a.ids, it.ID)
		}
	}
	return a.rows.Saving(a.ids)
}

// Save implements spill.Codec.
func (a *apart) Save(w *wire.Writer, g int32) error {
	it := a.l.items[g]
	w.Int(it.time)
	w.Int(it.arrival)
	w.Int(a.filedAt(it))
	a.rows.Save(w, it.ID)
	return nil
}

// filedAt is the instant under which a key is found when it is on the shelf: one that is
// there, or that of its row.
func (a *apart) filedAt(it *item) int64 {
	gone := a.l.gone(it.time)
	if it.filed == unfiled || it.filed < a.l.x.clock || it.filed > gone {
		return gone
	}
	return it.filed
}

// Placed implements spill.Placing.
func (a *apart) Placed(groups []int32) error {
	var code []byte
	for _, g := range groups {
		it := a.l.items[g]
		if at := a.filedAt(it); at != it.filed {
			it.filed = at
			code = a.l.table.Code(code[:0], g)
			a.dates.file(at, code)
		}
	}
	return nil
}

// Load implements spill.Codec.
func (a *apart) Load(r *wire.Reader, g int32) error {
	it := a.l.pool.Take()
	*it = item{time: r.Int(), arrival: r.Int(), filed: r.Int()}
	it.same = a.rows.Load(r, &it.Entry)
	a.l.items[g] = it
	a.l.ages.add(g, a.l.gone(it.time))
	return nil
}

// Loaded implements spill.Together.
func (a *apart) Loaded() error { return a.rows.Loaded() }

// Free implements spill.Codec.
func (a *apart) Free(groups []int32) {
	least := int64(math.MaxInt64)
	for _, g := range groups {
		it := a.l.items[g]
		least = min(least, it.filed)
		a.l.ages.remove(g)
		a.l.rows.Drop(it.ID)
		a.l.pool.Give(it)
		a.l.items[g] = nil
	}
	a.dates.unread(least)
}

// Bytes implements spill.Codec.
func (a *apart) Bytes() int {
	return int(unsafe.Sizeof(item{})+unsafe.Sizeof(aged{})) + (8+4+4)*5/4 + 24
}

// Spills implements operators.Spiller: of rows that wait, and of keys.
func (*Expire) Spills() bool { return true }

// Holding implements operators.Spiller.
func (x *Expire) Holding() int64 {
	n := x.waits.Holding()
	if a := x.lasts.apart; a != nil {
		n += a.spill.Holding()
	}
	return n
}

// Shed implements operators.Spiller: rows that wait and keys keep the same part.
func (x *Expire) Shed(most int64) error {
	a := x.lasts.apart
	if a == nil {
		return nil
	}
	a.refile()
	if a.dates.shelf.Free() {
		if err := a.dates.passed(x.clock); err != nil {
			return err
		}
	}
	part := float64(most) / float64(max(x.Holding(), 1))
	if err := x.waits.Shed(int64(part * float64(x.waits.Holding()))); err != nil {
		return err
	}
	err := a.spill.Shed(int64(part * float64(a.spill.Holding())))
	return errors.Join(err, a.dates.filed())
}

// refile lets keys count as changed whose instant on the shelf has passed: they must not leave
// memory before they have another.
func (a *apart) refile() {
	for g, it := range a.l.items {
		if it != nil && it.filed != unfiled && it.filed < a.l.x.clock {
			a.spill.Changed(int32(g))
		}
	}
}

// put puts all keys on the shelf that have changed.
func (a *apart) put() error {
	a.refile()
	if err := a.dates.passed(a.l.x.clock); err != nil {
		return err
	}
	return errors.Join(a.spill.Flush(), a.dates.filed())
}
