package kept

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/wire"
)

// away is where rows are that are not in memory: their columns, times and records on a shelf,
// each under its name. For operators that need rows only when an instant comes, and then
// some of them at a time. What an operator knows of a row beside stays in memory.
//
// A row that is dropped while it is away stays on the shelf, until all of them go.
type away struct {
	shelf operators.Shelf
	apart *Apart
	put   []bool  // by ID: the row is on the shelf
	n     int     // rows that are not in memory
	lent  []int32 // chunks of rows that were brought back
	each  int64   // bytes of a row in memory, in the mean
	found int     // rows in memory when that was found
	used  bool    // something was put on the shelf
	keys  []byte  // scratch
}

// nowhere is the chunk of a row that is not in memory.
const nowhere = int32(-1)

// Shelve lets rows of columns leave memory. Nobody else must use the shelf.
func (r *Rows) Shelve(shelf operators.Shelf, columns []types.Column) {
	r.away = &away{shelf: shelf, apart: NewApart(r, columns)}
}

// Away reports that rows can leave memory.
func (r *Rows) Away() bool { return r.away != nil }

// Used reports that something may be on the shelf.
func (r *Rows) Used() bool { return r.away != nil && r.away.used }

// Holding is about how many bytes the rows in memory take.
func (r *Rows) Holding() int64 {
	if r.away == nil || r.live == 0 {
		return 0
	}
	if a := r.away; r.live > a.found+a.found/4+samples {
		r.sample()
	}
	return int64(r.live) * r.away.each
}

// samples is how many rows are looked at to find how large they are, and besideBytes what a
// row takes beside its values: its name, its place, its times and its record.
const (
	samples     = 64
	besideBytes = 80
)

// sample finds how large rows are by writing some down. Those that cannot be written are
// reported when they must be.
func (r *Rows) sample() {
	a := r.away
	a.found = r.live
	here := r.here()
	var some []ID
	for i := 0; i < len(here); i += max(len(here)/samples, 1) {
		some = append(some, here[i])
	}
	if a.apart.Saving(some) != nil {
		return
	}
	var w wire.Writer
	for _, id := range some {
		a.apart.Save(&w, id)
	}
	a.each = int64(len(w.Buf)/max(len(some), 1)) + besideBytes
	_ = a.apart.Saving(nil) // writes nothing
}

// here are the rows in memory, those that came first in front.
func (r *Rows) here() []ID {
	ids := make([]ID, 0, r.live)
	for _, n := range r.inOrder() {
		for _, id := range r.chunks[n].ids {
			if id >= 0 {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// inOrder are the numbers of the chunks as they came.
func (r *Rows) inOrder() []int32 {
	numbers := make([]int32, 0, len(r.chunks))
	for n := range r.chunks {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers
}

// Flush puts all rows on the shelf that are not there.
func (r *Rows) Flush() error {
	if r.away == nil {
		return nil
	}
	return r.putAll(r.here())
}

// together is how many rows are written at a time.
const together = 4096

// putAll puts those of some rows on the shelf that are not there.
func (r *Rows) putAll(ids []ID) error {
	a := r.away
	a.put = append(a.put, make([]bool, max(len(r.places)-len(a.put), 0))...)
	ids = slices.DeleteFunc(ids, func(id ID) bool { return a.put[id] })
	slices.Sort(ids)
	a.used = a.used || len(ids) > 0
	var w wire.Writer
	for some := range slices.Chunk(ids, together) {
		if err := a.apart.Saving(some); err != nil {
			return err
		}
		for _, id := range some {
			w.Buf = w.Buf[:0]
			a.apart.Save(&w, id)
			if err := a.shelf.Put(key(nil, id), w.Buf); err != nil {
				return &operators.ShelfError{Err: err}
			}
			a.put[id] = true
		}
	}
	return a.apart.Saving(nil)
}

func key(dst []byte, id ID) []byte { return binary.BigEndian.AppendUint32(dst, uint32(id)) }

// Shed lets rows leave memory until they take at most a number of bytes, those that came
// first in front. On a shelf that is not free only those leave that Flush has put there.
func (r *Rows) Shed(most int64) error {
	if r.away == nil {
		return nil
	}
	for _, n := range r.inOrder() {
		if r.Holding() <= most {
			break
		}
		c := r.chunks[n]
		ids := slices.DeleteFunc(slices.Clone(c.ids), func(id ID) bool { return id < 0 })
		if r.away.shelf.Free() {
			if err := r.putAll(slices.Clone(ids)); err != nil {
				return err
			}
		}
		if !r.arePut(ids) {
			continue
		}
		r.leave(n)
	}
	return nil
}

// arePut reports that rows are on the shelf.
func (r *Rows) arePut(ids []ID) bool {
	return !slices.ContainsFunc(ids, func(id ID) bool { return int(id) >= len(r.away.put) || !r.away.put[id] })
}

// leave takes a chunk out of memory whose rows are on the shelf.
func (r *Rows) leave(n int32) {
	c := r.chunks[n]
	for _, id := range c.ids {
		if id >= 0 {
			r.places[id] = place{chunk: nowhere}
		}
	}
	r.away.n += c.live
	r.live -= c.live
	r.stored -= c.held
	c.batch.Release()
	delete(r.chunks, n)
}

// Bring brings rows back into memory, until Return.
func (r *Rows) Bring(ids ...[]ID) error {
	if r.away == nil || r.away.n == 0 {
		return nil
	}
	var gone []ID
	for _, some := range ids {
		for _, id := range some {
			if id >= 0 && r.places[id].chunk == nowhere {
				gone = append(gone, id)
			}
		}
	}
	slices.Sort(gone)
	return r.bring(slices.Compact(gone))
}

// bring reads rows, ascending.
func (r *Rows) bring(ids []ID) error {
	if len(ids) == 0 {
		return nil
	}
	a := r.away
	a.keys = a.keys[:0]
	keys := make([][]byte, len(ids))
	for _, id := range ids {
		a.keys = key(a.keys, id)
	}
	for i := range keys {
		keys[i] = a.keys[4*i : 4*i+4 : 4*i+4]
	}
	var wrong error
	err := a.shelf.Get(keys, func(_ int, value []byte) {
		in := wire.NewReader(value)
		a.apart.Load(in, nil)
		if wrong == nil {
			wrong = in.Err()
		}
	})
	if err != nil {
		return &operators.ShelfError{Err: err}
	}
	b, err := a.apart.read()
	switch {
	case wrong != nil || err != nil:
		return errors.Join(wrong, err)
	case b == nil || b.Rows < len(ids):
		return errNotAway
	}
	for i, id := range ids {
		r.places[id] = place{chunk: r.next, row: int32(i)}
	}
	a.lent = append(a.lent, r.next)
	a.n -= len(ids)
	r.addChunk(&chunk{batch: b, ids: ids, live: len(ids), held: len(ids)})
	return nil
}

// Return lets the rows that were brought back leave memory again.
func (r *Rows) Return() {
	if r.away == nil {
		return
	}
	for _, n := range r.away.lent {
		if r.chunks[n] != nil {
			r.leave(n)
		}
	}
	r.away.lent = r.away.lent[:0]
}

// SaveOrNames is Save, or where rows can be on the shelf puts all of them there and writes
// which they are.
func (r *Rows) SaveOrNames(w *wire.Writer, ids []ID) error {
	if r.away == nil {
		return r.Save(w, ids)
	}
	if err := r.Flush(); err != nil {
		return err
	}
	if err := r.Save(w, nil); err != nil {
		return err
	}
	for _, id := range ids {
		w.Uint(uint64(id))
	}
	return nil
}

// LoadOrNames reads what SaveOrNames wrote of n rows.
func (r *Rows) LoadOrNames(in *wire.Reader, n int) []ID {
	if ids := r.Load(in); len(ids) > 0 || n == 0 {
		return ids
	}
	return r.loadNames(in, n)
}

// loadNames reads which n rows there are, of Rows that have none. Rows that have other columns
// by now are all read, so that the next Flush writes them as they are now.
func (r *Rows) loadNames(in *wire.Reader, n int) []ID {
	ids := make([]ID, 0, n)
	for range n {
		id := in.Uint()
		if r.away == nil || id > 1<<31-1 || len(r.places) > 0 {
			in.Fail(errNotAway)
			return nil
		}
		ids = append(ids, ID(id))
	}
	if in.Failed() || n == 0 {
		return nil
	}
	r.named(ids)
	if r.adapt == nil {
		return ids
	}
	err := r.away.apart.Adapted(func() error { return r.Bring(ids) })
	if err != nil {
		in.Fail(err)
	}
	clear(r.away.put)
	r.away.lent = nil
	return ids
}

// errNotAway is a state of rows outside of memory that are not there.
var errNotAway = errors.New("rows of the state are outside of memory, and not there")

// named gives rows that are away their names.
func (r *Rows) named(ids []ID) {
	size := int(slices.Max(ids)) + 1
	r.places, r.away.put = make([]place, size), make([]bool, size)
	for _, id := range ids {
		r.places[id] = place{chunk: nowhere}
		r.away.put[id] = true
	}
	for id := range r.places {
		if !r.away.put[id] {
			r.free = append(r.free, ID(id))
		}
	}
	r.away.n, r.away.used = len(ids), true
}
