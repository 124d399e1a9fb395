package keptjoin

import (
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
}

// clear leaves nothing of a row but the memory of its code.
func (r *row) clear() { *r = row{code: r.code[:0]} }

// Name implements kept.Named.
func (r *row) Name() (group int32, name []byte) { return r.group, r.code }

// Link implements kept.Named.
func (r *row) Link() *kept.Link[row] { return &r.link }

// list is the rows of a group.
type list struct{ first, last *row }

func (l *list) len() (n int) {
	for r := l.first; r != nil; r = r.next {
		n++
	}
	return n
}

func (l *list) add(r *row) {
	if l.last == nil {
		l.first, l.last = r, r
		return
	}
	r.prev, l.last.next, l.last = l.last, r, r
}

func (l *list) remove(r *row) {
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
	r.prev, r.next = nil, nil // what has left must not hold others back
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
	j.lists[r.side][r.group].remove(r)
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
			r.there, r.prev, r.next = false, nil, nil
			j.out.left = append(j.out.left, r)
			r = next
		}
		j.lists[side][g] = list{}
	}
	j.forgetTime(g)
}
