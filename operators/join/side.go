package join

import (
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/pair"
)

// none is no entry.
const none = int32(-1)

// entry is a row that may still find partners.
type entry struct {
	t, a, seq  int64
	from, to   int64 // of a left row: the right times it pairs with, both included
	until      int64 // the last instant at which a partner can come
	end        int64 // its time where it shows without a partner
	id         kept.ID
	group      int32 // -1 for a key with a null
	prev, next int32 // of the group, in the order they came
	matched    bool
}

// side is the rows of one input, by group and by the instant they are forgotten.
type side struct {
	entries []entry
	free    []int32
	heads   []link // by group
	due     pair.Deadlines
	gone    []int32 // expired, not released yet
	n       int
}

// link is the first and last entry of a group, each plus one: 0 is none.
type link struct{ first, last int32 }

// add keeps an entry and returns its number.
func (s *side) add(e entry) int32 {
	n := int32(len(s.entries))
	if last := len(s.free) - 1; last >= 0 {
		n = s.free[last]
		s.free = s.free[:last]
		s.entries[n] = e
	} else {
		s.entries = append(s.entries, e)
	}
	s.n++
	s.due.Add(e.until, e.seq, n)
	if e.group < 0 {
		return n
	}
	for int(e.group) >= len(s.heads) {
		s.heads = append(s.heads, link{})
	}
	h := &s.heads[e.group]
	if h.last == 0 {
		h.first, h.last = n+1, n+1
		return n
	}
	s.entries[n].prev = h.last - 1
	s.entries[h.last-1].next = n
	h.last = n + 1
	return n
}

// first is the first entry of a group.
func (s *side) first(group int32) int32 {
	if int(group) >= len(s.heads) {
		return none
	}
	return s.heads[group].first - 1
}

// expire takes the entries whose last chance an instant is out of their groups, in the
// order they came. They can be read until release.
func (s *side) expire(at int64) []int32 {
	from := len(s.gone)
	for s.due.Next() <= at {
		n := s.due.Pop()
		s.unlink(n)
		s.gone = append(s.gone, n)
	}
	return s.gone[from:]
}

func (s *side) unlink(n int32) {
	e := &s.entries[n]
	if e.group < 0 {
		return
	}
	h := &s.heads[e.group]
	if e.prev == none {
		h.first = e.next + 1
	} else {
		s.entries[e.prev].next = e.next
	}
	if e.next == none {
		h.last = e.prev + 1
	} else {
		s.entries[e.next].prev = e.prev
	}
}

// release forgets the expired entries; drop is told of each.
func (s *side) release(drop func(e *entry)) {
	for _, n := range s.gone {
		drop(&s.entries[n])
	}
	s.n -= len(s.gone)
	s.free = append(s.free, s.gone...)
	s.gone = s.gone[:0]
}
