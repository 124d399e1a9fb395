package keptjoin

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/pair"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// A key with many rows is not written whole each time that one comes: its rows lie in pieces
// beside it, those that came first in front, and the last of them with the key itself. A piece is
// written when it is made, and again when one of its rows has gone or is known to pair with others.

// pieceRows is how many rows a piece is made of. Two to three times as many stay with their key.
const pieceRows = 256

// piece is rows of a side of a key that came one after the other.
type piece struct {
	number uint64 // among those that the side ever had
	rows   int    // that are left
	dirty  bool   // it is not on the shelf as it is
	placed bool   // it is there, perhaps as it was
}

// cut makes pieces of the rows of a list that are in none, where these are many, and says of how
// many.
func (l *list) cut(size int) (rows int) {
	for l.loose >= 3*size {
		p := &piece{number: l.made, rows: size, dirty: true}
		l.made++
		r := l.firstLoose
		for range size {
			r.piece = p
			r = r.next
		}
		l.firstLoose = r
		l.loose -= size
		l.pieces = append(l.pieces, p)
		rows += size
	}
	return rows
}

// piecedRows is how many rows of a list are in pieces.
func (l *list) piecedRows() int { return l.n - l.loose }

// pieces is the pieces of all keys on the shelf.
type pieces struct {
	shelf *spill.Part
	gone  [][]byte // names of those that are not needed any more
	rows  int      // in memory that are in pieces
	mean  int      // bytes of a row there
	keys  [][]byte // scratch
}

// What names begin with on the shelf.
const (
	keysPrefix   = "keys"
	piecesPrefix = "rows"
)

// nameOf is what a piece is kept by: no name is that of two, for all end alike.
func nameOf(code []byte, side ir.Side, number uint64) []byte {
	name := append(make([]byte, 0, len(code)+9), code...)
	return binary.BigEndian.AppendUint64(append(name, byte(side)), number)
}

// take takes the pieces off the shelf that are not needed any more.
func (p *pieces) take() error {
	for _, name := range p.gone {
		if err := p.shelf.Delete(name); err != nil {
			return &operators.ShelfError{Err: err}
		}
	}
	p.gone = nil
	return nil
}

// drop notes that pieces of a key are not needed any more.
func (a *apart) drop(g int32, side ir.Side, some ...*piece) {
	var code []byte
	for _, p := range some {
		if !p.placed {
			continue
		}
		if code == nil {
			code = a.j.table.Code([]byte{}, g)
		}
		a.pieces.gone = append(a.pieces.gone, nameOf(code, side, p.number))
	}
}

// Forgotten implements spill.Forgetting.
func (a *apart) Forgotten(code, value []byte) {
	in := wire.NewReader(value)
	in.Int()
	for side := range a.j.lists {
		var l list
		l.loadPieces(in)
		for _, p := range l.pieces {
			a.pieces.gone = append(a.pieces.gone, nameOf(code, ir.Side(side), p.number))
		}
	}
}

// savePieces writes which pieces there are.
func (l *list) savePieces(w *wire.Writer) {
	w.Uint(l.made)
	w.Uint(uint64(len(l.pieces)))
	for _, p := range l.pieces {
		w.Uint(p.number)
		w.Uint(uint64(p.rows))
	}
}

// loadPieces reads what savePieces wrote.
func (l *list) loadPieces(in *wire.Reader) {
	l.made = in.Uint()
	for range in.Len() {
		l.pieces = append(l.pieces, &piece{number: in.Uint(), rows: int(in.Uint()), placed: true})
	}
}

// Placed implements spill.Placing: pieces that are not on the shelf as they are follow their key.
func (a *apart) Placed(groups []int32) error {
	var w wire.Writer
	for _, g := range groups {
		var code []byte
		for side := range a.j.lists {
			l := &a.j.lists[side][g]
			r := l.first
			for _, p := range l.pieces {
				if !p.dirty {
					for r != nil && r.piece == p {
						r = r.next
					}
					continue
				}
				if code == nil {
					code = a.j.table.Code([]byte{}, g)
				}
				ids, from := a.ids[side][:0], r
				for ; r != nil && r.piece == p; r = r.next {
					ids = append(ids, r.id)
				}
				a.ids[side] = ids
				if err := a.rows[side].Saving(ids); err != nil {
					return err
				}
				w.Buf = w.Buf[:0]
				for x := from; x != r; x = x.next {
					a.saveRow(&w, ir.Side(side), x)
				}
				a.pieces.mean = len(w.Buf) / max(p.rows, 1)
				if err := a.pieces.shelf.Put(nameOf(code, ir.Side(side), p.number), w.Buf); err != nil {
					return &operators.ShelfError{Err: err}
				}
				p.dirty, p.placed = false, true
			}
		}
	}
	return errors.Join(a.rows[ir.LeftSide].Saving(nil), a.rows[ir.RightSide].Saving(nil))
}

// reading is a side of a key whose rows are read.
type reading struct {
	side   ir.Side
	group  int32
	pieces []*piece
	of     [][]coming // by piece
	loose  []coming
}

// readPieces reads the pieces of keys that were read.
func (a *apart) readPieces() error {
	type want struct {
		name []byte
		in   *reading
		at   int
	}
	var wants []want
	for i := range a.reading {
		x := &a.reading[i]
		x.of = make([][]coming, len(x.pieces))
		for at, p := range x.pieces {
			wants = append(wants, want{nameOf(a.j.table.Code(nil, x.group), x.side, p.number), x, at})
		}
	}
	if len(wants) == 0 {
		return nil
	}
	slices.SortFunc(wants, func(x, y want) int { return slices.Compare(x.name, y.name) })
	a.pieces.keys = a.pieces.keys[:0]
	for _, w := range wants {
		a.pieces.keys = append(a.pieces.keys, w.name)
	}
	found, wrong := 0, error(nil)
	err := a.pieces.shelf.Get(a.pieces.keys, func(i int, value []byte) {
		found++
		w, in := wants[i], wire.NewReader(value)
		p := w.in.pieces[w.at]
		for range p.rows {
			c := a.loadRow(in, w.in.side, w.in.group)
			c.row.piece = p
			w.in.of[w.at] = append(w.in.of[w.at], c)
		}
		wrong = errors.Join(wrong, in.Err())
	})
	switch {
	case err != nil:
		return &operators.ShelfError{Err: err}
	case found < len(wants):
		return errNoPiece
	}
	return wrong
}

var errNoPiece = errors.New("join: rows of a key are outside of memory, and not there")

// count finds out how many rows of the other side each row of a key pairs with, where all do.
func (a *apart) count(x *reading) {
	if a.j.Conditional() || !a.j.counts(x.side) {
		return
	}
	n := a.j.lists[1-x.side][x.group].n
	for r := a.j.lists[x.side][x.group].first; r != nil; r = r.next {
		r.partners = n
	}
}

// counts reports that it shows with how many rows of the other side a row of a side pairs.
func (j *Join) counts(side ir.Side) bool {
	if j.leftOnly() {
		return side == ir.LeftSide
	}
	return pair.KeepsUnmatched(j.spec.Kind, side)
}

// saveRow writes a row.
func (a *apart) saveRow(w *wire.Writer, side ir.Side, r *row) {
	w.Int(r.t)
	w.Int(r.a)
	w.Int(r.seq)
	w.Int(int64(r.partners))
	if len(a.j.identity[side]) > 0 {
		w.Bytes(r.code)
	}
	a.rows[side].Save(w, r.id)
}

// loadRow reads a row.
func (a *apart) loadRow(in *wire.Reader, side ir.Side, g int32) coming {
	r, e := a.j.pool.Take(), &kept.Entry{}
	r.side, r.group = side, g
	r.t, r.a, r.seq, r.partners = in.Int(), in.Int(), in.Int(), int(in.Int())
	if len(a.j.identity[side]) > 0 {
		r.code = append(r.code, in.Bytes()...)
		a.rows[side].Load(in, e)
	} else if whole := a.rows[side].Load(in, e); a.j.changes[side] {
		r.code = append(r.code, whole...)
	}
	return coming{r, e}
}
