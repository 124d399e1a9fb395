package asof

import (
	"errors"
	"math"
	"unsafe"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// apart writes single keys with the left rows that wait and the right ones that those have found, so
// that those leave memory that no row has asked for of late. A key comes back when a row asks for
// it, and when the first of its left rows is to leave.
type apart struct {
	j      *Forward
	spill  *spill.Groups
	rows   [2]*kept.Apart
	coming []coming
	ids    [2][]kept.ID // scratch
	away   int64        // left rows that are not in memory
	past   int64        // all left rows have left that were to before it
	// most is what all might take when it left memory last, shed that it ever did.
	most int64
	shed bool
}

// coming is a left row that was read and is not held yet, and its right row, nil for none.
type coming struct {
	waiter
	row, right *kept.Entry
}

// What names begin with on the shelf, beside rows that wait: keys, and the instants by which those
// are found.
const (
	keysPrefix  = "keys"
	datesPrefix = "when"
)

func newApart(j *Forward, shelf operators.Shelf) *apart {
	a := &apart{j: j, past: operators.MinTime}
	for side := range a.rows {
		a.rows[side] = kept.NewApart(j.rows[side], j.Columns(ir.Side(side)))
	}
	a.spill = spill.New(j.table, spill.NewPart(shelf, []byte(keysPrefix)), a)
	a.spill.Index(shelf, []byte(datesPrefix), j.within)
	return a
}

// found is told the groups of rows, and brings those back that were away.
func (a *apart) found(groups []int32) error {
	if a == nil {
		return nil
	}
	return found(a.spill, groups)
}

// found tells which groups rows have, -1 for none.
func found(s *spill.Groups, groups []int32) error {
	keyed := make([]int32, 0, len(groups))
	for i, g := range groups {
		if g >= 0 {
			keyed = append(keyed, int32(i))
		}
	}
	return s.Found(len(groups), keyed, groups)
}

// removed is told of groups before the table forgets them.
func (a *apart) removed(groups []int32) {
	if a != nil {
		a.spill.Removed(groups)
	}
}

// broughtAtOnce is how many keys come back together of which left rows leave.
const broughtAtOnce = 1024

// come is that of Forward, for rows with a key.
func (a *apart) come(until int64) (int64, error) {
	if a == nil {
		return until, nil
	}
	next, err := a.spill.BringSome(a.j.ctx.Mine, until, until, broughtAtOnce)
	return next.At, err
}

// Grow implements spill.Codec.
func (a *apart) Grow(int) { a.j.grow() }

// Next implements spill.Dated: when the first left row of a key leaves.
func (a *apart) Next(g int32) int64 {
	next := int64(math.MaxInt64)
	for _, n := range a.j.heads[g] {
		next = min(next, a.j.waiting[n].until)
	}
	return next
}

// Saving implements spill.Together.
func (a *apart) Saving(groups []int32) error {
	lefts, rights := a.ids[ir.LeftSide][:0], a.ids[ir.RightSide][:0]
	for _, g := range groups {
		for _, n := range a.j.heads[g] {
			w := &a.j.waiting[n]
			if lefts = append(lefts, w.left); w.right >= 0 {
				rights = append(rights, w.right)
			}
		}
	}
	a.ids = [2][]kept.ID{lefts, rights}
	return errors.Join(a.rows[ir.LeftSide].Saving(lefts), a.rows[ir.RightSide].Saving(rights))
}

// instants are those of a left row beside its time, and of its right row.
func (w *waiter) instants() []*int64 { return []*int64{&w.a, &w.at, &w.until, &w.rightA, &w.rightT} }

// Save implements spill.Codec: the right rows that were found, each once, and the left rows with the
// places of theirs among them.
func (a *apart) Save(w *wire.Writer, g int32) error {
	w.Int(a.Next(g))
	place := map[kept.ID]int64{-1: -1}
	var rights []kept.ID
	for _, n := range a.j.heads[g] {
		if id := a.j.waiting[n].right; id >= 0 && !has(place, id) {
			place[id] = int64(len(rights))
			rights = append(rights, id)
		}
	}
	w.Uint(uint64(len(rights)))
	for _, id := range rights {
		a.rows[ir.RightSide].Save(w, id)
	}
	w.Uint(uint64(len(a.j.heads[g])))
	for _, n := range a.j.heads[g] {
		x := a.j.waiting[n]
		w.Int(x.t)
		for _, v := range x.instants() {
			w.Int(*v - x.t)
		}
		w.Int(x.seq)
		w.Int(place[x.right])
		a.rows[ir.LeftSide].Save(w, x.left)
	}
	return nil
}

func has(place map[kept.ID]int64, id kept.ID) bool {
	_, ok := place[id]
	return ok
}

// Load implements spill.Codec.
func (a *apart) Load(r *wire.Reader, g int32) error {
	r.Int()
	rights := make([]*kept.Entry, r.Len())
	for i := range rights {
		rights[i] = &kept.Entry{}
		a.rows[ir.RightSide].Load(r, rights[i])
	}
	for range r.Len() {
		c := coming{row: &kept.Entry{}}
		c.group, c.t = g, r.Int()
		for _, v := range c.instants() {
			*v = c.t + r.Int()
		}
		c.seq = r.Int()
		if at := r.Int(); at >= 0 && int(at) < len(rights) {
			c.right = rights[at]
		}
		a.rows[ir.LeftSide].Load(r, c.row)
		a.coming = append(a.coming, c)
	}
	return nil
}

// Loaded implements spill.Together.
func (a *apart) Loaded() error {
	if err := errors.Join(a.rows[ir.LeftSide].Loaded(), a.rows[ir.RightSide].Loaded()); err != nil {
		return err
	}
	for _, c := range a.coming {
		w := c.waiter
		w.left, w.answer.right = c.row.ID, -1
		if c.right != nil {
			w.answer.right = c.right.ID
			a.j.rights[c.right.ID]++
		}
		a.j.add(w)
	}
	a.away -= int64(len(a.coming))
	clear(a.coming)
	a.coming = a.coming[:0]
	return nil
}

// Free implements spill.Codec.
func (a *apart) Free(groups []int32) {
	j := a.j
	gone := map[int32]bool{}
	for _, g := range groups {
		for _, n := range j.heads[g] {
			gone[n] = true
			j.rows[ir.LeftSide].Drop(j.waiting[n].left)
			j.letGo(j.waiting[n].right)
			j.free = append(j.free, n)
		}
		a.away += int64(len(j.heads[g]))
		j.heads[g] = nil
	}
	j.due.Keep(func(n int32) bool { return !gone[n] })
	j.dropUnread()
}

// rowBytes is what a left row takes beside its values: with its deadline, its places, and that of
// a right row.
const rowBytes = int(unsafe.Sizeof(waiter{})) + 24 + 4 + 2*16 + 16

// Bytes implements spill.Codec: a key has as many rows as keys have in the mean.
func (a *apart) Bytes() int {
	return int(unsafe.Sizeof([]int32{})) + a.j.due.Len()*rowBytes*5/4/max(a.j.table.Len(), 1)
}

// Holding implements operators.Spiller.
func (j *Forward) Holding() int64 {
	n := j.waits.Holding() + j.alone.Holding()
	if j.apart != nil {
		n += j.apart.spill.Holding()
	}
	return n
}

// Shed implements operators.Spiller: rows that wait and keys keep the same part.
func (j *Forward) Shed(most int64) error {
	part := float64(most) / float64(max(j.Holding(), 1))
	err := errors.Join(j.waits.Shed(int64(part*float64(j.waits.Holding()))), j.alone.Shed(int64(part*float64(j.alone.Holding()))))
	a := j.apart
	if a == nil || err != nil {
		return err
	}
	if j.ctx.Shelf.Free() {
		if err := a.spill.Passed(a.past); err != nil {
			return err
		}
	}
	a.most, a.shed = most, true
	return a.spill.Shed(int64(part * float64(a.spill.Holding())))
}

// relieve is told how far time has come. Between two steps of a watermark that passes many rows, as
// at the end of the input, it puts keys away where they take twice what they may.
func (j *Forward) relieve(to int64) error {
	a := j.apart
	if a == nil {
		return nil
	}
	came := to > a.past // or those would go that have just come
	a.past = max(a.past, to)
	if !came || !a.shed {
		return nil
	}
	return a.spill.Relieve(a.most)
}

var errNotThere = errors.New("the keys of the state are outside of memory, and there is no such place")

// save writes the keys, or where they can be on a shelf puts them there and writes how many rows
// that is.
func (a *apart) save(w *wire.Writer) error {
	w.Int(a.j.keyed())
	if err := a.spill.Passed(a.past); err != nil {
		return err
	}
	return a.spill.Flush()
}

// resume goes on with keys that are on the shelf, with n rows of all instances.
func (a *apart) resume(n int64, mine operators.Mine) error {
	if a == nil {
		return errNotThere
	}
	a.spill.Resume()
	if mine == nil || mine(0) { // of all keys: one instance counts them
		a.away += n
	}
	lefts, rights := a.rows[ir.LeftSide], a.rows[ir.RightSide]
	if !a.j.rows[ir.LeftSide].Adapted() && !a.j.rows[ir.RightSide].Adapted() {
		return nil
	}
	return lefts.Adapted(func() error {
		return rights.Adapted(func() error {
			_, err := a.spill.BringAll(mine)
			return err
		})
	})
}
