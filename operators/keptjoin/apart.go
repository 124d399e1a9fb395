package keptjoin

import (
	"errors"
	"unsafe"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// apart writes keys one by one, each with the rows of both sides, so that they can leave
// memory.
type apart struct {
	j       *Join
	rows    [2]*kept.Apart
	reading []reading
	pieces  pieces
	ids     [2][]kept.ID // scratch
}

// coming is a row that was read and is not held yet.
type coming struct {
	row   *row
	entry *kept.Entry
}

// shelve lets keys leave memory: a run that has somewhere to put them.
func (j *Join) shelve(ctx *operators.Context) {
	if ctx.Shelf == nil {
		return
	}
	j.apart = &apart{j: j}
	for side := range j.apart.rows {
		j.apart.rows[side] = kept.NewApart(j.rows[side], j.inputs[side])
	}
	j.apart.pieces.shelf = spill.NewPart(ctx.Shelf, []byte(piecesPrefix))
	j.spill = spill.New(j.table, spill.NewPart(ctx.Shelf, []byte(keysPrefix)), j.apart)
}

// Grow implements spill.Codec.
func (a *apart) Grow(int) { a.j.grow() }

// Saving implements spill.Together: of the rows that are written with their keys.
func (a *apart) Saving(groups []int32) error {
	for side, rows := range a.rows {
		ids := a.ids[side][:0]
		for _, g := range groups {
			l := &a.j.lists[side][g]
			a.pieces.rows += l.cut(a.j.pieceRows)
			for r := l.firstLoose; r != nil; r = r.next {
				ids = append(ids, r.id)
			}
		}
		a.ids[side] = ids
		if err := rows.Saving(ids); err != nil {
			return err
		}
	}
	return nil
}

// Save implements spill.Codec. What the key is forgotten by stands first, then which pieces it has.
func (a *apart) Save(w *wire.Writer, g int32) error {
	if a.j.windows != nil {
		a.j.windows.save(w, g)
	} else {
		a.j.expiry.Save(w, []int32{g})
	}
	for side := range a.j.lists {
		a.j.lists[side][g].savePieces(w)
	}
	for side := range a.j.lists {
		l := &a.j.lists[side][g]
		w.Uint(uint64(l.loose))
		for r := l.firstLoose; r != nil; r = r.next {
			a.saveRow(w, ir.Side(side), r)
		}
	}
	return nil
}

// Load implements spill.Codec.
func (a *apart) Load(in *wire.Reader, g int32) error {
	if a.j.windows != nil {
		a.j.windows.load(in, g)
	} else {
		a.j.expiry.Load(in, []int32{g})
	}
	for side := range a.j.lists {
		l := &a.j.lists[side][g]
		l.loadPieces(in)
		a.reading = append(a.reading, reading{side: ir.Side(side), group: g, pieces: l.pieces})
	}
	for side := range a.j.lists {
		x := &a.reading[len(a.reading)-len(a.j.lists)+side]
		for range in.Len() {
			x.loose = append(x.loose, a.loadRow(in, ir.Side(side), g))
		}
	}
	return nil
}

// Loaded implements spill.Together.
func (a *apart) Loaded() error {
	if len(a.reading) == 0 {
		return nil
	}
	err := a.readPieces()
	if err = errors.Join(err, a.rows[ir.LeftSide].Loaded(), a.rows[ir.RightSide].Loaded()); err != nil {
		return err
	}
	for i := range a.reading {
		x := &a.reading[i]
		for _, p := range x.pieces {
			a.pieces.rows += p.rows
		}
		for _, some := range append(x.of, x.loose) {
			for _, c := range some {
				c.row.id = c.entry.ID
				a.j.add(c.row)
			}
		}
	}
	for i := range a.reading {
		a.count(&a.reading[i])
	}
	clear(a.reading)
	a.reading = a.reading[:0]
	return nil
}

// Free implements spill.Codec.
func (a *apart) Free(groups []int32) {
	for _, g := range groups {
		for side := range a.j.lists {
			l := &a.j.lists[side][g]
			a.pieces.rows -= l.piecedRows()
			l.pieces, l.loose = nil, l.n // they stay on the shelf
		}
		a.j.forget(g)
	}
	a.j.dropLeft()
}

// rowBytes is what a row takes beside its values: itself, where it is known, and its place
// among those that are kept.
const rowBytes = int64(unsafe.Sizeof(row{})) + 64

// Bytes implements spill.Codec: a key has as many rows as keys have in the mean. What those of
// pieces hold is not part of what is written of keys.
func (a *apart) Bytes() int {
	rows := int64(a.j.rows[ir.LeftSide].Len() + a.j.rows[ir.RightSide].Len())
	return int(2*unsafe.Sizeof(list{})) + 8 + int((rows*rowBytes+int64(2*a.pieces.rows*a.pieces.mean))/max(int64(a.j.table.Len()), 1))
}

// bring brings the keys of rows of a batch back that were put away. It follows Find.
func (j *Join) bring(b *operators.Batch, groups []int32) error {
	if j.spill == nil {
		return nil
	}
	j.valid = j.valid[:0]
	b.Each(func(i int) {
		if groups[i] >= 0 {
			j.valid = append(j.valid, int32(i))
		}
	})
	if len(j.valid) == 0 {
		return nil
	}
	return j.spill.Found(b.Rows, j.valid, groups)
}

// awayExpired forgets the keys outside of memory that no later row can find, and says how
// many of them have expired: those of closed windows have not.
func (j *Join) awayExpired(watermark int64) (int64, error) {
	switch {
	case j.spill == nil:
		return 0, nil
	case j.windows != nil:
		_, err := j.spill.Away(j.ctx.Mine, func(closes int64) bool { return closes <= watermark })
		return 0, err
	case !j.expiry.Looks(watermark):
		return 0, nil
	}
	return j.spill.Away(j.ctx.Mine, func(at int64) bool { return j.expiry.IsOld(at, watermark) })
}

// removed is told of keys before the table forgets them.
func (j *Join) removed(groups []int32) {
	if j.spill != nil {
		j.spill.Removed(groups)
	}
}

// Spills implements operators.Spiller.
func (j *Join) Spills() bool { return j.spec.Spills() }

// Holding implements operators.Spiller.
func (j *Join) Holding() int64 {
	if j.spill == nil {
		return 0
	}
	return j.spill.Holding()
}

// Shed implements operators.Spiller.
func (j *Join) Shed(most int64) error {
	if j.spill == nil {
		return nil
	}
	if j.apart.pieces.shelf.Free() {
		if err := j.apart.pieces.take(); err != nil {
			return err
		}
	}
	return j.spill.Shed(most)
}

// errNoShelf is a state that says its keys are where nothing can be.
var errNoShelf = errors.New("join: the keys of the state are outside of memory, and there is no such place")

// resume goes on with keys that are on the shelf. Rows that have other columns by now are
// all read, so that the next snapshot writes them as they are now.
func (j *Join) resume(mine operators.Mine) error {
	if j.spill == nil {
		return errNoShelf
	}
	j.spill.Resume()
	if !j.rows[ir.LeftSide].Adapted() && !j.rows[ir.RightSide].Adapted() {
		return nil
	}
	var groups []int32
	if err := j.apart.rows[ir.LeftSide].Adapted(func() error {
		return j.apart.rows[ir.RightSide].Adapted(func() (err error) {
			groups, err = j.spill.BringAll(mine)
			return err
		})
	}); err != nil {
		return err
	}
	for side := range j.lists {
		var rows []*row
		var ids []kept.ID
		for _, g := range groups {
			for _, p := range j.lists[side][g].pieces {
				p.dirty = true
			}
			for r := j.lists[side][g].first; r != nil; r = r.next {
				rows, ids = append(rows, r), append(ids, r.id)
			}
		}
		j.rename(ir.Side(side), rows, ids)
	}
	return nil
}

// rename is recode for rows that are there.
func (j *Join) rename(side ir.Side, rows []*row, ids []kept.ID) {
	if !j.changes[side] || len(j.identity[side]) > 0 {
		return
	}
	for _, r := range rows {
		j.known[side].Remove(r)
	}
	j.recode(side, rows, ids)
	for _, r := range rows {
		j.known[side].Add(r)
	}
}
