package join

import (
	"errors"
	"math"
	"unsafe"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// apart writes rows one by one, so that they can leave memory.
type apart struct {
	rows   [2]*kept.Apart
	coming []coming
	ids    [2][]kept.ID // scratch
}

// coming is a row that was read and is not held yet.
type coming struct {
	side  ir.Side
	entry entry
	row   *kept.Entry
}

// inBucket writes the keys of a bucket, each with the rows of both sides.
type inBucket struct {
	j *Join
	b *bucket
}

// Grow implements spill.Codec.
func (*inBucket) Grow(int) {}

// each calls f for the entries of a side of a group, in the order they came.
func (x *inBucket) each(side ir.Side, g int32, f func(e *entry)) {
	entries := x.j.sides[side].entries
	for n := x.b.firstOf(side, g); n != none; n = entries[n].next {
		f(&entries[n])
	}
}

// Saving implements spill.Together.
func (x *inBucket) Saving(groups []int32) error {
	a := &x.j.apart
	for side, rows := range a.rows {
		ids := a.ids[side][:0]
		for _, g := range groups {
			x.each(ir.Side(side), g, func(e *entry) { ids = append(ids, e.id) })
		}
		a.ids[side] = ids
		if err := rows.Saving(ids); err != nil {
			return err
		}
	}
	return nil
}

// Next implements spill.Dated: when the first row shows without a partner.
func (x *inBucket) Next(g int32) int64 {
	next := int64(math.MaxInt64)
	for side := range x.j.sides {
		if x.j.keepsUnmatched(ir.Side(side)) {
			x.each(ir.Side(side), g, func(e *entry) {
				if !e.matched {
					next = min(next, e.until)
				}
			})
		}
	}
	return next
}

// instants are those of a row beside its time.
func (e *entry) instants(side ir.Side) []*int64 {
	if side == ir.RightSide {
		return []*int64{&e.a, &e.until, &e.end}
	}
	return []*int64{&e.a, &e.until, &e.end, &e.from, &e.to}
}

// Save implements spill.Codec. Instants stand beside the time of their row.
func (x *inBucket) Save(w *wire.Writer, g int32) error {
	from := len(w.Buf)
	w.Int(x.Next(g))
	for s, rows := range x.j.apart.rows {
		side := ir.Side(s)
		n := uint64(0)
		x.each(side, g, func(*entry) { n++ })
		w.Uint(n)
		x.each(side, g, func(e *entry) {
			w.Int(e.t)
			for _, v := range e.instants(side) {
				w.Int(*v - e.t)
			}
			w.Int(e.seq)
			w.Bool(e.matched)
			rows.Save(w, e.id)
		})
	}
	x.b.put += int64(len(w.Buf) - from)
	return nil
}

// Load implements spill.Codec.
func (x *inBucket) Load(r *wire.Reader, g int32) error {
	r.Int()
	a := &x.j.apart
	for s, rows := range a.rows {
		for range r.Len() {
			c := coming{side: ir.Side(s), row: &kept.Entry{}}
			e := entry{t: r.Int(), bucket: x.b.number, group: g, prev: none, next: none}
			for _, v := range e.instants(c.side) {
				*v = e.t + r.Int()
			}
			e.seq, e.matched = r.Int(), r.Bool()
			c.entry = e
			rows.Load(r, c.row)
			a.coming = append(a.coming, c)
		}
	}
	return nil
}

// Loaded implements spill.Together. Rows whose last instant has passed are not held again.
func (x *inBucket) Loaded() error {
	a := &x.j.apart
	if err := errors.Join(a.rows[ir.LeftSide].Loaded(), a.rows[ir.RightSide].Loaded()); err != nil {
		return err
	}
	for _, c := range a.coming {
		e := c.entry
		e.id = c.row.ID
		if e.until < x.j.buckets.past {
			x.b.rows[c.side]--
			x.j.rows[c.side].Drop(e.id)
			x.j.empty = append(x.j.empty, place{e.bucket, e.group})
			continue
		}
		x.j.sides[c.side].add(e)
	}
	clear(a.coming)
	a.coming = a.coming[:0]
	return nil
}

// Free implements spill.Codec.
func (x *inBucket) Free(groups []int32) {
	for side, s := range x.j.sides {
		for _, g := range groups {
			s.putAway(x.b.head(ir.Side(side), g), func(e *entry) {
				x.b.here--
				x.j.rows[side].Drop(e.id)
			})
		}
	}
}

// rowBytes is what a row takes beside its values: its entry, its instant among the others,
// and its place among those that are kept.
const rowBytes = int(unsafe.Sizeof(entry{})) + 24 + 16

// Bytes implements spill.Codec: a key has as many rows as keys have in the mean.
func (x *inBucket) Bytes() int {
	return 2*int(unsafe.Sizeof(link{})) + x.b.here*rowBytes*5/4/max(x.b.table.Len(), 1)
}

// Spills implements operators.Spiller.
func (j *Join) Spills() bool { return j.spec.Spills() }

// Holding implements operators.Spiller.
func (j *Join) Holding() int64 { return j.waits.Holding() + j.holdingAlone() + j.buckets.holding() }

func (s *buckets) holding() (n int64) {
	if s.shelf != nil {
		for _, b := range s.open {
			n += b.spill.Holding()
		}
	}
	return n
}

// Shed implements operators.Spiller: each bucket, the rows that wait, and those without a key keep the
// same part.
func (j *Join) Shed(most int64) error {
	s := j.buckets
	if s.shelf == nil {
		return nil
	}
	part := float64(most) / float64(max(j.Holding(), 1))
	if err := j.waits.Shed(int64(part * float64(j.waits.Holding()))); err != nil {
		return err
	}
	if err := j.shedAlone(part); err != nil {
		return err
	}
	if s.shelf.Free() {
		if err := s.deleteClosed(); err != nil {
			return err
		}
	}
	s.most = most
	for _, b := range s.open {
		if err := b.spill.Shed(int64(part * float64(b.spill.Holding()))); err != nil {
			return err
		}
		b.shrink()
	}
	for _, side := range j.sides {
		side.releaseAway()
	}
	return nil
}

// largeTable is the size from which a table without groups gives its memory back.
const largeTable = 4096

// shrink gives the memory of a bucket without rows back, which had room for many.
func (b *bucket) shrink() {
	if b.spill.Len() == 0 && b.table.Size() >= largeTable {
		b.heads, b.groups = [2][]link{}, nil
		b.table = group.New(b.table.Types())
		b.spill.Move(b.table)
	}
}
