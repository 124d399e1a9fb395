package asof

import (
	"math"
	"unsafe"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// histories writes single keys with the right rows that left ones look back for, so that those leave
// memory that no row has asked for of late. A key comes back when a row of either side asks for it, and
// when no left row can find any of its right ones any more.
type histories struct {
	j      *Back
	spill  *spill.Groups
	rows   *kept.Apart
	coming []remembered
	came   []int32   // keys that have just come
	ids    []kept.ID // scratch
	past   int64     // the last watermark
	// most is what all might take when it left memory last, shed that it ever did.
	most int64
	shed bool
}

// remembered is a right row that was read and is not held yet; row is nil where the key has no value.
type remembered struct {
	version
	group int32
	row   *kept.Entry
}

func newHistories(j *Back, shelf operators.Shelf) *histories {
	right := ir.RightSide
	h := &histories{j: j, rows: kept.NewApart(j.rows[right], j.Columns(right)), past: operators.MinTime}
	h.spill = spill.New(j.table, spill.NewPart(shelf, []byte(keysPrefix)), h)
	if j.within > 0 {
		h.spill.Index(shelf, []byte(datesPrefix), j.within+j.wait)
	}
	return h
}

// found is told the groups of rows, and brings those back that were away.
func (h *histories) found(groups []int32) error {
	if h == nil {
		return nil
	}
	return found(h.spill, groups)
}

// removed is told of groups before the table forgets them.
func (h *histories) removed(groups []int32) {
	if h != nil {
		h.spill.Removed(groups)
	}
}

// come brings some keys into memory that may be forgotten before an instant, and says up to which
// that is all of them.
func (h *histories) come(until int64) (int64, error) {
	h.came = h.came[:0]
	next, err := h.spill.BringSome(h.j.ctx.Mine, until, until, broughtAtOnce)
	return next.At, err
}

// Grow implements spill.Codec.
func (h *histories) Grow(int) { h.j.grow() }

// Next implements spill.Dated: when no left row can find the last right row of a key any more.
func (h *histories) Next(g int32) int64 {
	vs := h.j.history[g]
	if len(vs) == 0 || h.j.within == 0 {
		return math.MaxInt64
	}
	return h.j.lasts(vs[len(vs)-1].t)
}

// Saving implements spill.Together.
func (h *histories) Saving(groups []int32) error {
	ids := h.ids[:0]
	for _, g := range groups {
		for _, v := range h.j.history[g] {
			if v.id >= 0 {
				ids = append(ids, v.id)
			}
		}
	}
	h.ids = ids
	return h.rows.Saving(ids)
}

// Save implements spill.Codec.
func (h *histories) Save(w *wire.Writer, g int32) error {
	w.Int(h.Next(g))
	w.Uint(uint64(len(h.j.history[g])))
	for _, v := range h.j.history[g] {
		w.Int(v.t)
		w.Int(v.a - v.t)
		w.Int(v.seq)
		if w.Bool(v.id >= 0); v.id >= 0 {
			h.rows.Save(w, v.id)
		}
	}
	return nil
}

// Load implements spill.Codec.
func (h *histories) Load(r *wire.Reader, g int32) error {
	r.Int()
	for range r.Len() {
		c := remembered{group: g}
		c.t = r.Int()
		c.a = c.t + r.Int()
		c.seq, c.id = r.Int(), -1
		if r.Bool() {
			c.row = &kept.Entry{}
			h.rows.Load(r, c.row)
		}
		h.coming = append(h.coming, c)
	}
	return nil
}

// Loaded implements spill.Together. What is too old of a key that was away whenever all were looked
// at goes here, but not the last of it, by which it is found.
func (h *histories) Loaded() error {
	if err := h.rows.Loaded(); err != nil {
		return err
	}
	h.came = h.came[:0]
	for i, c := range h.coming {
		if c.row != nil {
			c.id = c.row.ID
		}
		vs := append(h.j.history[c.group], c.version)
		if i+1 == len(h.coming) || h.coming[i+1].group != c.group {
			vs = h.j.trim(vs, min(h.j.old(vs, h.past), len(vs)-1))
			h.came = append(h.came, c.group)
		}
		h.j.history[c.group] = vs
	}
	clear(h.coming)
	h.coming = h.coming[:0]
	return nil
}

// Free implements spill.Codec.
func (h *histories) Free(groups []int32) {
	for _, g := range groups {
		h.j.drop(h.j.history[g])
		h.j.history[g] = nil
	}
}

// versionBytes is what a right row takes beside its values: with its place, and room for more.
const versionBytes = int(unsafe.Sizeof(version{}))*5/4 + 2*16

// Bytes implements spill.Codec: a key has as many rows as keys have in the mean.
func (h *histories) Bytes() int {
	return int(unsafe.Sizeof([]version{})) + h.j.rows[ir.RightSide].Len()*versionBytes/max(h.j.table.Len(), 1)
}

// Holding implements operators.Spiller.
func (j *Back) Holding() int64 {
	n := j.waits.Holding()
	if j.keys != nil {
		n += j.keys.spill.Holding()
	}
	return n
}

// Shed implements operators.Spiller: rows that wait and keys keep the same part.
func (j *Back) Shed(most int64) error {
	part := float64(most) / float64(max(j.Holding(), 1))
	h := j.keys
	if err := j.waits.Shed(int64(part * float64(j.waits.Holding()))); err != nil || h == nil {
		return err
	}
	if j.ctx.Shelf.Free() {
		if err := h.passed(); err != nil {
			return err
		}
	}
	h.most, h.shed = int64(part*float64(h.spill.Holding())), true
	return h.spill.Shed(h.most)
}

// passed takes the instants off the shelf that all instances have looked at: each has swept since a
// step before the last watermark.
func (h *histories) passed() error {
	if h.j.within == 0 || h.past == operators.MinTime {
		return nil
	}
	return h.spill.Passed(h.past - h.j.sweepStep())
}

// relieve puts keys away where they take twice what they may, between steps of a watermark
// that passes many rows or lets many keys go.
func (h *histories) relieve() error {
	if h == nil || !h.shed {
		return nil
	}
	return h.spill.Relieve(h.most)
}

// save puts the keys on the shelf.
func (h *histories) save() error {
	if err := h.passed(); err != nil {
		return err
	}
	return h.spill.Flush()
}

// resume goes on with keys that are on the shelf.
func (h *histories) resume(mine operators.Mine) error {
	if h == nil {
		return errNotThere
	}
	h.spill.Resume()
	if !h.j.rows[ir.RightSide].Adapted() {
		return nil
	}
	return h.rows.Adapted(func() error {
		_, err := h.spill.BringAll(mine)
		return err
	})
}
