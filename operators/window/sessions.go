package window

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators/kept"
)

// Rule says where sessions begin and end (SEMANTICS 22).
type Rule struct{ Gap, Max, Lateness int64 }

// NewRule is the rule of a session stage.
func NewRule(spec *ir.Window) Rule {
	return Rule{Gap: spec.Gap.Microseconds(), Max: spec.Max.Microseconds(), Lateness: spec.Lateness.Microseconds()}
}

// Splits reports that a row, the next in order of time, opens a new session.
func (r Rule) Splits(start, last, t int64) bool {
	return t-last >= r.Gap || r.Max > 0 && t >= later(start, r.Max)
}

// End is the end of a session.
func (r Rule) End(start, last int64) int64 {
	end := later(last, r.Gap)
	if r.Max > 0 {
		end = min(end, later(start, r.Max))
	}
	return end
}

// Settled is the watermark at which a session that ends at end is complete.
func (r Rule) Settled(end int64) int64 { return later(end, r.Lateness) }

// Open is a session that the next row of its key may belong to.
type Open[S any] struct {
	Key         int32
	Start, Last int64
	State       S

	place int // in the heap
}

// Sessions is the open session of each key. Rows must be given in order of time, so
// that a session only ever grows at its end and none has to be merged.
type Sessions[S any] struct {
	Rule
	byKey []*Open[S]
	due   sessionHeap[S]
	spare kept.Pool[Open[S]]
}

// NewSessions holds none.
func NewSessions[S any](r Rule) *Sessions[S] { return &Sessions[S]{Rule: r} }

// Take is the session that a row belongs to. When the row opens one, the session
// before it, which can take no more rows, comes too.
func (s *Sessions[S]) Take(key int32, t int64) (in, before *Open[S]) {
	if int(key) < len(s.byKey) {
		in = s.byKey[key]
	}
	if in != nil && !s.Splits(in.Start, in.Last, t) {
		in.Last = t
		return in, nil
	}
	if before = in; before != nil {
		s.due.remove(before.place)
	}
	o := s.spare.Take()
	*o = Open[S]{Key: key, Start: t, Last: t, State: o.State}
	return s.Put(o), before
}

// Reuse takes the memory of sessions that are closed, and that nothing refers to: a few
// more than are open or close together. empty makes what was known of one the state that
// the session of another row begins with.
func (s *Sessions[S]) Reuse(closed []*Open[S], empty func(S) S) {
	for _, o := range closed {
		*o = Open[S]{State: empty(o.State)}
		s.spare.GiveUpTo(256+len(s.due)+2*len(closed), o)
	}
}

// Put opens a session as it was saved.
func (s *Sessions[S]) Put(o *Open[S]) *Open[S] {
	for int(o.Key) >= len(s.byKey) {
		s.byKey = append(s.byKey, nil)
	}
	s.byKey[o.Key] = o
	s.due.push(o, s.End(o.Start, o.Last))
	return o
}

// Due takes out the sessions that a watermark settles.
func (s *Sessions[S]) Due(watermark int64) []*Open[S] {
	var out []*Open[S]
	for len(s.due) > 0 && s.Settled(s.due[0].ends) <= watermark {
		o := s.due[0].Open
		if end := s.End(o.Start, o.Last); end != s.due[0].ends { // it has grown
			s.due.sink(0, due[S]{end, o})
			continue
		}
		s.due.remove(0)
		s.byKey[o.Key] = nil
		out = append(out, o)
	}
	return out
}

// Of is the open session of a key, nil when there is none.
func (s *Sessions[S]) Of(key int32) *Open[S] {
	if int(key) >= len(s.byKey) {
		return nil
	}
	return s.byKey[key]
}

// Len is how many sessions are open.
func (s *Sessions[S]) Len() int { return len(s.due) }

// sessionHeap has the session that may end first in front.
type sessionHeap[S any] []due[S]

// due is a session and the instant it ends at the earliest.
type due[S any] struct {
	ends int64
	*Open[S]
}

// set puts an entry somewhere.
func (h sessionHeap[S]) set(at int, d due[S]) {
	h[at] = d
	d.place = at
}

// rise moves an entry from a place to where it belongs, towards the front.
func (h sessionHeap[S]) rise(at int, d due[S]) {
	for at > 0 {
		up := (at - 1) / 2
		if h[up].ends <= d.ends {
			break
		}
		h.set(at, h[up])
		at = up
	}
	h.set(at, d)
}

// sink moves an entry from a place to where it belongs, towards the end.
func (h sessionHeap[S]) sink(at int, d due[S]) {
	for {
		kid := 2*at + 1
		if kid >= len(h) {
			break
		}
		if kid+1 < len(h) && h[kid+1].ends < h[kid].ends {
			kid++
		}
		if d.ends <= h[kid].ends {
			break
		}
		h.set(at, h[kid])
		at = kid
	}
	h.set(at, d)
}

func (h *sessionHeap[S]) push(o *Open[S], ends int64) {
	*h = append(*h, due[S]{})
	h.rise(len(*h)-1, due[S]{ends, o})
}

// remove takes out the entry at a place.
func (h *sessionHeap[S]) remove(at int) {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = due[S]{}
	if *h = old[:len(old)-1]; at == len(*h) {
		return
	}
	if at > 0 && last.ends < old[(at-1)/2].ends {
		h.rise(at, last)
		return
	}
	h.sink(at, last)
}
