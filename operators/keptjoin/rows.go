package keptjoin

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators/kept"
)

// row is a row of one side.
type row struct {
	side       ir.Side
	id         kept.ID
	group      int32 // -1 for a key with a null
	t, a, seq  int64
	start, end int64  // of its window; only of a row that waits for its answer
	code       []byte // what it is known by in a changes side
	partners   int    // how many rows of the other side it pairs with
	there      bool
	touched    bool // by the change at hand, before which it had so many partners:
	before     int
	link       kept.Link[row]
	prev, next *row // of its group, in the order they came
	piece      *piece
}

// clear leaves nothing of a row but the memory of its code.
func (r *row) clear() { *r = row{code: r.code[:0]} }

// Name implements kept.Named.
func (r *row) Name() (group int32, name []byte) { return r.group, r.code }

// Link implements kept.Named.
func (r *row) Link() *kept.Link[row] { return &r.link }

// list is the rows of a group: first those in pieces, then those in none.
type list struct {
	first, last *row
	firstLoose  *row
	n, loose    int
	pieces      []*piece
	made        uint64 // pieces that there ever were
}

func (l *list) add(r *row) {
	l.n++
	if r.piece == nil {
		if l.loose++; l.firstLoose == nil {
			l.firstLoose = r
		}
	}
	if l.last == nil {
		l.first, l.last = r, r
		return
	}
	r.prev, l.last.next, l.last = l.last, r, r
}

// remove takes a row out, and returns its piece where that has no other row.
func (l *list) remove(r *row) (gone *piece) {
	l.n--
	if p := r.piece; p == nil {
		if l.loose--; l.firstLoose == r {
			l.firstLoose = r.next
		}
	} else if p.dirty, p.rows = true, p.rows-1; p.rows == 0 {
		l.pieces = slices.DeleteFunc(l.pieces, func(x *piece) bool { return x == p })
		gone = p
	}
	if r.prev == nil {
		l.first = r.next
	} else {
		r.prev.next = r.next
	}
	if r.next == nil {
		l.last = r.prev
	} else {
		r.next.prev = r.prev
	}
	r.prev, r.next, r.piece = nil, nil, nil // what has left must not hold others back
	return gone
}

func (j *Join) grow() {
	for side := range j.lists {
		for len(j.lists[side]) < j.table.Size() {
			j.lists[side] = append(j.lists[side], list{})
		}
	}
}

// find is the row that is there under the name of another, nil for none.
func (j *Join) find(r *row) *row {
	if !j.changes[r.side] || r.group < 0 {
		return nil
	}
	return j.known[r.side].Find(r.group, r.code)
}

// partnersOf are the rows that a row which is there pairs with. It is asked only where
// a key came twice.
func (j *Join) partnersOf(r *row) []*row {
	out := j.met[oldRow][:0]
	for o := j.lists[1-r.side][r.group].first; o != nil; o = o.next {
		l, rt := r, o
		if r.side == ir.RightSide {
			l, rt = o, r
		}
		if j.pairs(l, rt) {
			out = append(out, o)
		}
	}
	j.met[oldRow] = out
	return out
}

// add and remove keep a row, and forget it.
func (j *Join) add(r *row) {
	if r.group < 0 {
		j.out.left = append(j.out.left, r)
		return
	}
	r.there = true
	j.lists[r.side][r.group].add(r)
	if j.changes[r.side] {
		j.known[r.side].Add(r)
	}
}

func (j *Join) remove(r *row) {
	if r.group < 0 {
		return // it never was there
	}
	if r.piece != nil {
		j.apart.pieces.rows--
	}
	if p := j.lists[r.side][r.group].remove(r); p != nil {
		j.apart.drop(r.group, r.side, p)
	}
	j.unname(r)
	r.there = false
	j.out.left = append(j.out.left, r)
	j.emptied = append(j.emptied, r.group)
}

func (j *Join) unname(r *row) {
	if j.changes[r.side] {
		j.known[r.side].Remove(r)
	}
}

// forget drops what is kept of a group; nothing is said of it (SEMANTICS 77).
func (j *Join) forget(g int32) {
	for side := range j.lists {
		for r := j.lists[side][g].first; r != nil; {
			next := r.next
			j.unname(r)
			r.there, r.prev, r.next, r.piece = false, nil, nil, nil
			j.out.left = append(j.out.left, r)
			r = next
		}
		if l := &j.lists[side][g]; len(l.pieces) > 0 {
			j.apart.pieces.rows -= l.piecedRows()
			j.apart.drop(g, ir.Side(side), l.pieces...)
		}
		j.lists[side][g] = list{}
	}
	j.forgetTime(g)
}
