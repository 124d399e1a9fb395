package match

import (
	"container/heap"
	"errors"
	"unsafe"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// apart writes single keys with their attempts, so that those leave memory that no row has
// asked for of late. A key comes back when a row asks for it, and before something happens
// to it by time alone.
type apart struct {
	m     *Match
	spill *spill.Groups
	rows  []*kept.Apart // by input
	ids   [][]kept.ID   // scratch
	past  int64         // what was to happen to a key before it has
	away  int64         // rows that are not in memory
}

// What names begin with on the shelf, beside rows that wait: keys, and the instants by which those
// are found.
const (
	prefix      = "keys"
	datesPrefix = "when"
)

func newApart(m *Match, shelf operators.Shelf) *apart {
	a := &apart{m: m, ids: make([][]kept.ID, len(m.inputs)), past: operators.MinTime}
	for _, in := range m.inputs {
		a.rows = append(a.rows, kept.NewApart(in.rows, in.cols))
	}
	a.spill = spill.New(m.table, spill.NewPart(shelf, []byte(prefix)), a)
	a.spill.Index(shelf, []byte(datesPrefix), m.within)
	return a
}

// bring brings the keys back to which something happens before a watermark, or not long
// after.
func (a *apart) bring(watermark int64) error {
	if a == nil {
		return nil
	}
	until := saturated(watermark, 1)
	a.past = max(a.past, until)
	if a.spill.Next() >= until {
		return nil
	}
	return a.spill.Bring(a.m.ctx.Mine, saturated(until, a.m.within/16))
}

// Grow implements spill.Codec.
func (a *apart) Grow(n int) { a.m.grow(n) }

// Next implements spill.Dated.
func (a *apart) Next(g int32) int64 { return a.m.keys[g].due }

// Saving implements spill.Together.
func (a *apart) Saving(groups []int32) error {
	for i := range a.ids {
		a.ids[i] = a.ids[i][:0]
	}
	for _, g := range groups {
		for _, h := range a.m.keys[g].log {
			a.ids[h.input] = append(a.ids[h.input], h.ID)
		}
	}
	for i, rows := range a.rows {
		if err := rows.Saving(a.ids[i]); err != nil {
			return err
		}
	}
	return nil
}

// Save implements spill.Codec.
func (a *apart) Save(w *wire.Writer, g int32) error {
	k := a.m.keys[g]
	w.Int(k.due)
	k.save(w, func(h *held) { a.rows[h.input].Save(w, h.ID) })
	return nil
}

// Load implements spill.Codec.
func (a *apart) Load(r *wire.Reader, g int32) error {
	r.Int()
	k := a.m.keyOf(g)
	err := a.m.loadKey(r, k, func(h *held) { a.rows[h.input].Load(r, &h.Entry) })
	a.away -= int64(len(k.log))
	return err
}

// Loaded implements spill.Together.
func (a *apart) Loaded() error {
	for _, rows := range a.rows {
		if err := rows.Loaded(); err != nil {
			return err
		}
	}
	return nil
}

// Free implements spill.Codec.
func (a *apart) Free(groups []int32) {
	m := a.m
	for _, g := range groups {
		k := m.keys[g]
		for _, h := range k.log {
			m.inputs[h.input].rows.Drop(h.ID)
		}
		a.away += int64(len(k.log))
		if k.at >= 0 {
			heap.Remove(&m.timers, k.at)
		}
		m.keys[g] = nil
		m.spare.Give(k)
	}
}

// rowBytes is what a row takes beside its values: it has been taken by an attempt, begins
// another, and has its place among those that are kept.
const rowBytes = int(unsafe.Sizeof(held{})+unsafe.Sizeof(link{})+unsafe.Sizeof(attempt{})) + 64

// Bytes implements spill.Codec: a key has as many rows as keys have in the mean.
func (a *apart) Bytes() int {
	rows := 0
	for _, in := range a.m.inputs {
		rows += in.rows.Len()
	}
	return int(unsafe.Sizeof(key{})) + rows*rowBytes/max(a.m.table.Len(), 1)
}

// changed notes the keys that are not on the shelf as they are.
func (a *apart) changed(keys []*key) {
	if a == nil {
		return
	}
	for _, k := range keys {
		a.spill.Changed(k.group)
	}
}

// removed is told of keys before the table forgets them.
func (a *apart) removed(groups []int32) {
	if a != nil {
		a.spill.Removed(groups)
	}
}

var errNotThere = errors.New("match: the keys of the state are outside of memory, and there is no such place")

// resume goes on with keys that are on the shelf, where rows are left of n.
func (m *Match) resume(n int64, mine operators.Mine) error {
	a := m.apart
	if a == nil {
		return errNotThere
	}
	a.spill.Resume()
	if mine == nil || mine(0) { // of all keys: one instance counts them
		a.away += n
	}
	adapted := false
	for _, in := range m.inputs {
		adapted = adapted || in.rows.Adapted()
	}
	if !adapted {
		return nil
	}
	return a.adapted(a.rows, func() error {
		_, err := a.spill.BringAll(mine)
		return err
	})
}

// adapted does something that reads the rows of all inputs as those of a state with other
// columns.
func (a *apart) adapted(rows []*kept.Apart, do func() error) error {
	if len(rows) == 0 {
		return do()
	}
	return rows[0].Adapted(func() error { return a.adapted(rows[1:], do) })
}

// Spills implements operators.Spiller: of rows that wait, and of keys where there are any.
func (*Match) Spills() bool { return true }

// Holding implements operators.Spiller.
func (m *Match) Holding() int64 {
	n := m.waiting.Holding()
	if m.apart != nil {
		n += m.apart.spill.Holding()
	}
	return n
}

// Shed implements operators.Spiller: rows that wait and keys keep the same part.
func (m *Match) Shed(most int64) error {
	if m.apart == nil {
		return m.waiting.Shed(most)
	}
	if m.ctx.Shelf.Free() {
		if err := m.apart.spill.Passed(m.apart.past); err != nil {
			return err
		}
	}
	part := float64(most) / float64(max(m.Holding(), 1))
	err := m.waiting.Shed(int64(part * float64(m.waiting.Holding())))
	return errors.Join(err, m.apart.spill.Shed(int64(part*float64(m.apart.spill.Holding()))))
}
