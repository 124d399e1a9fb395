package join

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/pair"
)

// none is no entry, and no group.
const none = int32(-1)

// entry is a row that may still find partners.
type entry struct {
	t, a, seq  int64
	from, to   int64 // of a left row: the right times it pairs with, both included
	until      int64 // the last instant at which a partner can come
	end        int64 // its time where it shows without a partner
	id         kept.ID
	bucket     int32 // where it is kept by its key
	group      int32 // there; none for a key with a null, which is here only for its last instant
	prev, next int32 // of the group, in the order they came
	matched    bool
}

// side is the rows of one input that are in memory, by the instant they are forgotten.
type side struct {
	which   ir.Side
	buckets *buckets
	entries []entry
	free    []int32
	due     pair.Deadlines
	gone    []int32 // expired, not released yet
	away    []int32 // put away, not released yet
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
	s.due.Add(e.until, e.seq, n)
	if e.group == none {
		return n
	}
	b := s.buckets.of[e.bucket]
	b.here++
	h := b.head(s.which, e.group)
	if h.last == 0 {
		h.first, h.last = n+1, n+1
		return n
	}
	s.entries[n].prev = h.last - 1
	s.entries[h.last-1].next = n
	h.last = n + 1
	return n
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
	if e.group == none {
		return
	}
	b := s.buckets.of[e.bucket]
	b.here--
	b.rows[s.which]--
	h := b.head(s.which, e.group)
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
	s.free = append(s.free, s.gone...)
	s.gone = s.gone[:0]
}

// putAway takes the entries of a group out of memory: they are where they can be read back.
// drop is told of each; releaseAway follows.
func (s *side) putAway(h *link, drop func(e *entry)) {
	for n := h.first - 1; n != none; n = s.entries[n].next {
		drop(&s.entries[n])
		s.away = append(s.away, n)
	}
	*h = link{}
}

// releaseAway forgets the entries that were put away.
func (s *side) releaseAway() {
	if len(s.away) == 0 {
		return
	}
	gone := make(map[int32]bool, len(s.away))
	for _, n := range s.away {
		gone[n] = true
	}
	s.due.Keep(func(n int32) bool { return !gone[n] })
	s.free = append(s.free, s.away...)
	s.away = s.away[:0]
}
