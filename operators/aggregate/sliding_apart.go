package aggregate

import (
	"errors"
	"unsafe"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// slidesApart writes single keys with the rows of their windows, so that those leave memory that
// no row has asked for of late. What the aggregators know follows from the rows. A key comes back
// when a row asks for it, and to be forgotten when no later window needs its rows.
type slidesApart struct {
	s      *sliding
	spill  *spill.Groups
	rows   *kept.Apart
	coming []comingSlid
	groups []int32   // scratch, by row that comes
	ids    []kept.ID // scratch
	// past: keys whose last row has left all windows before it are forgotten.
	past int64
	dead []int32 // such keys that have come back
	// most is what all might take when it left memory last, shed that it ever did.
	most int64
	shed bool
}

// comingSlid is a row of a key that was read and is not held yet.
type comingSlid struct {
	key int32
	row *kept.Entry
}

func newSlidesApart(s *sliding, in []types.Column, shelf operators.Shelf) *slidesApart {
	a := &slidesApart{s: s, rows: kept.NewApart(s.rows, in), past: operators.MinTime + 1}
	a.spill = spill.New(s.keys, spill.NewPart(shelf, []byte(keysPrefix)), a)
	a.spill.Index(shelf, []byte(datesPrefix), s.size)
	return a
}

// found is told the keys of rows, and brings those back that were away.
func (a *slidesApart) found(keys []int32) error {
	if a == nil {
		return nil
	}
	return a.spill.Found(len(keys), nil, keys)
}

// removed is told of keys before the table forgets them.
func (a *slidesApart) removed(keys []int32) {
	if a != nil {
		a.spill.Removed(keys)
	}
}

// broughtAtOnce is how many keys come back together to be forgotten.
const broughtAtOnce = 1024

// forget drops the keys that are not in memory and that no later window needs. Those that are in
// memory have been dropped.
func (a *slidesApart) forget(watermark int64) error {
	if a == nil {
		return nil
	}
	a.past = max(a.past, watermark+1)
	for {
		a.dead = a.dead[:0]
		next, err := a.spill.BringSome(a.s.a.Ctx.Mine, a.past, a.past, broughtAtOnce)
		if err != nil {
			return err
		}
		a.spill.Removed(a.dead)
		a.s.keys.Remove(a.dead)
		if err := a.relieve(); err != nil || next.At == a.past {
			return err
		}
	}
}

// Grow implements spill.Codec.
func (a *slidesApart) Grow(n int) { a.s.grow(n) }

// Next implements spill.Dated: when the last row of a key has left all windows. A key whose rows
// were all refused is forgotten with the next.
func (a *slidesApart) Next(g int32) int64 {
	if rows := a.s.byKey[g].rows; len(rows) > 0 {
		return rows[len(rows)-1].t + a.s.size
	}
	return a.past
}

// Saving implements spill.Together.
func (a *slidesApart) Saving(keys []int32) error {
	a.ids = a.ids[:0]
	for _, g := range keys {
		for _, l := range a.s.byKey[g].rows {
			a.ids = append(a.ids, l.id)
		}
	}
	return a.rows.Saving(a.ids)
}

// Save implements spill.Codec.
func (a *slidesApart) Save(w *wire.Writer, g int32) error {
	w.Int(a.Next(g))
	rows := a.s.byKey[g].rows
	w.Uint(uint64(len(rows)))
	for _, l := range rows {
		a.rows.Save(w, l.id)
	}
	return nil
}

// Load implements spill.Codec. Rows that have left all windows are not read.
func (a *slidesApart) Load(r *wire.Reader, g int32) error {
	if r.Int() < a.past {
		a.dead = append(a.dead, g)
		r.Rest(func([]byte) ([]byte, error) { return nil, nil })
		return nil
	}
	for range r.Len() {
		c := comingSlid{key: g, row: &kept.Entry{}}
		a.rows.Load(r, c.row)
		a.coming = append(a.coming, c)
	}
	return nil
}

// Loaded implements spill.Together: the rows that were read are in the windows of their keys again.
func (a *slidesApart) Loaded() error {
	if err := a.rows.Loaded(); err != nil || len(a.coming) == 0 {
		return err
	}
	s := a.s
	b, _ := s.rows.At(a.coming[0].row.ID) // they are held together
	in := s.a.read(b, nowhere{})
	defer in.release()
	groups := append(a.groups[:0], make([]int32, b.Rows)...)
	a.groups = groups
	s.findGroups(b, in, groups)
	counts := make([]bool, b.Rows)
	part := operators.Batch{Rows: b.Rows, Sel: in.sel}
	part.Each(func(i int) {
		counts[i] = true
		s.enter(s.byKey[a.coming[i].key], groups[i])
	})
	add := &try{a: s.a, s: s.state, in: in, groups: groups, f: kernel.Aggregator.Add, only: (*call).slides}
	for _, x := range add.give(in.sel) {
		counts[x.Row] = false
		s.inGroup[groups[x.Row]]--
	}
	times := b.Time
	for i, c := range a.coming {
		if !counts[i] { // it would not if it came now
			s.rows.Drop(c.row.ID)
			continue
		}
		k := s.byKey[c.key]
		k.rows = append(k.rows, slid{t: times[i], group: groups[i], row: -1, id: c.row.ID})
	}
	clear(a.coming)
	a.coming = a.coming[:0]
	return nil
}

// Free implements spill.Codec.
func (a *slidesApart) Free(keys []int32) {
	s := a.s
	empty := s.room.empty[:0]
	for _, g := range keys {
		k := s.byKey[g]
		s.leave(k)
		empty = append(empty, k.groups...)
		*k = slide{}
	}
	s.dropGroups(empty)
	s.room.empty = empty
}

// rowBytes is what a row takes beside its values: in its key, and its place among those that are kept.
const rowBytes = int(unsafe.Sizeof(slid{}))*5/4 + 48

// Bytes implements spill.Codec: a key has as many rows and groups as keys have in the mean.
func (a *slidesApart) Bytes() int {
	s := a.s
	all := s.rows.Len()*rowBytes + s.state.table.Len()*(groupBytes+(&onShelf{s.state}).Bytes())
	return int(unsafe.Sizeof(slide{})) + 32 + all/max(s.keys.Len(), 1)
}

// holding implements rowsThatWait.
func (s *sliding) holding() int64 {
	n := s.waiting.Holding()
	if s.apart != nil {
		n += s.apart.spill.Holding()
	}
	return n
}

// shed implements rowsThatWait: rows that wait and keys keep the same part.
func (s *sliding) shed(most int64) error {
	a := s.apart
	if a == nil {
		return s.waiting.Shed(most)
	}
	if s.a.Ctx.Shelf.Free() {
		if err := a.spill.Passed(a.past); err != nil {
			return err
		}
	}
	if !a.shed {
		s.rows.Detach() // or few rows would hold the records of many that have left
	}
	a.most, a.shed = most, true
	part := float64(most) / float64(max(s.holding(), 1))
	err := s.waiting.Shed(int64(part * float64(s.waiting.Holding())))
	return errors.Join(err, a.spill.Shed(int64(part*float64(a.spill.Holding()))))
}

// relieve puts keys away between two steps of a watermark that passes many rows, as at the end of
// the input, where they take twice what they may.
func (a *slidesApart) relieve() error {
	if a == nil || !a.shed {
		return nil
	}
	return a.spill.Relieve(a.most)
}

// put puts all keys on the shelf that have changed.
func (a *slidesApart) put() error {
	if err := a.spill.Passed(a.past); err != nil {
		return err
	}
	return a.spill.Flush()
}

// resume goes on with keys that are on the shelf. Rows that have other columns by now are all
// read, so that the next snapshot writes them as they are now.
func (a *slidesApart) resume(mine operators.Mine) error {
	if a == nil {
		return errNoShelf
	}
	a.spill.Resume()
	if !a.s.rows.Adapted() {
		return nil
	}
	return a.rows.Adapted(func() error {
		_, err := a.spill.BringAll(mine)
		return err
	})
}
