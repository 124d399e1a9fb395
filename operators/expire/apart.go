package expire

import (
	"math"
	"unsafe"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// apart writes single keys with their rows, so that those leave memory that no row has come
// for of late. They are found by the instant after which their rows are too old.
type apart struct {
	l     *lasts
	shelf operators.Shelf
	spill *spill.Groups
	rows  *kept.Apart
	ids   []kept.ID // scratch
}

// What names begin with on the shelf, beside rows that wait.
const (
	keysPrefix  = "keys"
	datesPrefix = "when"
)

func newApart(l *lasts, shelf operators.Shelf) *apart {
	a := &apart{l: l, shelf: shelf, rows: kept.NewApart(l.rows, l.x.in)}
	a.spill = spill.New(l.table, spill.NewPart(shelf, []byte(keysPrefix)), a)
	a.spill.Index(shelf, []byte(datesPrefix), l.x.after)
	return a
}

// broughtAtOnce is how many keys come back together whose rows will be too old.
const broughtAtOnce = 1024

// bring is that of lasts.
func (a *apart) bring(to, horizon int64) (spill.Date, error) {
	return a.spill.BringSome(nil, to, horizon, broughtAtOnce)
}

// Next implements spill.Dated: when the row of a key begins to be too old.
func (a *apart) Next(g int32) int64 {
	if it := a.l.items[g]; it != nil {
		return a.l.gone(it.time)
	}
	return math.MaxInt64
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
	w.Int(a.Next(g))
	w.Int(it.time)
	w.Int(it.arrival)
	a.rows.Save(w, it.ID)
	return nil
}

// Load implements spill.Codec.
func (a *apart) Load(r *wire.Reader, g int32) error {
	r.Int()
	it := a.l.pool.Take()
	*it = item{time: r.Int(), arrival: r.Int()}
	it.same = a.rows.Load(r, &it.Entry)
	a.l.items[g] = it
	a.l.ages.add(g, a.l.gone(it.time))
	return nil
}

// Loaded implements spill.Together.
func (a *apart) Loaded() error { return a.rows.Loaded() }

// Free implements spill.Codec.
func (a *apart) Free(groups []int32) {
	for _, g := range groups {
		it := a.l.items[g]
		a.l.ages.remove(g)
		a.l.rows.Drop(it.ID)
		a.l.pool.Give(it)
		a.l.items[g] = nil
	}
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
	if a.shelf.Free() {
		if err := a.spill.Passed(x.clock); err != nil {
			return err
		}
	}
	part := float64(most) / float64(max(x.Holding(), 1))
	if err := x.waits.Shed(int64(part * float64(x.waits.Holding()))); err != nil {
		return err
	}
	return a.spill.Shed(int64(part * float64(a.spill.Holding())))
}

// put puts all keys on the shelf that have changed.
func (a *apart) put() error {
	if err := a.spill.Passed(a.l.x.clock); err != nil {
		return err
	}
	return a.spill.Flush()
}
