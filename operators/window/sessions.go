package window

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
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
	Start, Last int64
	Key         int32
	open        bool
	State       S
}

// Sessions is the open session of each key. Rows must be given in order of time, so
// that a session only ever grows at its end and none has to be merged.
type Sessions[S any] struct {
	Rule
	byKey []Open[S] // those of keys without a session are not open
	due   dueHeap
	spare []S
}

// NewSessions holds none.
func NewSessions[S any](r Rule) *Sessions[S] { return &Sessions[S]{Rule: r} }

// Grow makes room for keys 0..n-1.
func (s *Sessions[S]) Grow(n int) {
	if more := n - len(s.byKey); more > 0 {
		s.byKey = append(s.byKey, make([]Open[S], more)...)
	}
}

// Take is the session that a row belongs to, until the next call. Where the row opens
// one, the session before it, which can take no more rows, is appended to closed. There
// must be room for the key.
func (s *Sessions[S]) Take(key int32, t int64, closed []Open[S]) (*Open[S], []Open[S]) {
	o := &s.byKey[key]
	if o.open && !s.Splits(o.Start, o.Last, t) {
		o.Last = t
		return o, closed
	}
	return o, s.begin(o, key, t, s.unused(), closed)
}

// TakeAll is Take for the rows of a batch that count: states[row] becomes the state of the
// row's session. fresh makes that of a session which a row opens.
func (s *Sessions[S]) TakeAll(b *operators.Batch, keys []int32, states []S, fresh func() S, closed []Open[S]) []Open[S] {
	byKey, rule, times := s.byKey, s.Rule, b.Time
	for n := range b.Len() {
		i := n
		if b.Sel != nil {
			i = int(b.Sel[n])
		}
		o, t := &byKey[keys[i]], times[i]
		if o.open && !rule.Splits(o.Start, o.Last, t) {
			o.Last = t
		} else {
			closed = s.begin(o, keys[i], t, fresh(), closed)
		}
		states[i] = o.State
	}
	return closed
}

// begin opens a session in the place of the one before it.
func (s *Sessions[S]) begin(o *Open[S], key int32, t int64, state S, closed []Open[S]) []Open[S] {
	if o.open {
		closed = append(closed, *o)
	} else {
		s.due.push(due{ends: s.End(t, t), key: key})
	}
	*o = Open[S]{Key: key, Start: t, Last: t, open: true, State: state}
	return closed
}

// unused is a state that was given to Reuse, or an empty one.
func (s *Sessions[S]) unused() (state S) {
	if last := len(s.spare) - 1; last >= 0 {
		state, s.spare = s.spare[last], s.spare[:last]
	}
	return state
}

// Reuse takes the states of sessions that are closed, and that nothing refers to, for
// others: a few more than are open or close together. empty makes what was known of one
// the state that another begins with.
func (s *Sessions[S]) Reuse(closed []Open[S], empty func(S) S) {
	for _, o := range closed {
		if len(s.spare) < 256+len(s.due)+2*len(closed) {
			s.spare = append(s.spare, empty(o.State))
		}
	}
}

// Put opens a session as it was saved.
func (s *Sessions[S]) Put(o Open[S]) {
	s.Grow(int(o.Key) + 1)
	if !s.byKey[o.Key].open {
		s.due.push(due{ends: s.End(o.Start, o.Last), key: o.Key})
	}
	o.open = true
	s.byKey[o.Key] = o
}

// Due takes out the sessions that a watermark settles, and appends them to closed.
func (s *Sessions[S]) Due(watermark int64, closed []Open[S]) []Open[S] {
	for len(s.due) > 0 && s.Settled(s.due[0].ends) <= watermark {
		first := s.due[0]
		o := &s.byKey[first.key]
		if end := s.End(o.Start, o.Last); end != first.ends { // it has grown, or is another
			s.due.sink(0, due{ends: end, key: first.key})
			continue
		}
		s.due.pop()
		closed = append(closed, *o)
		*o = Open[S]{}
	}
	return closed
}

// Settling moves those sessions of a list to its front that a watermark settles, and returns how
// many these are.
func (s *Sessions[S]) Settling(watermark int64, closed []Open[S]) int {
	n := 0
	for i, o := range closed {
		if s.Settled(s.End(o.Start, o.Last)) <= watermark {
			closed[i], closed[n] = closed[n], o
			n++
		}
	}
	return n
}

// Leave forgets the open sessions of keys, which somebody else knows from here on.
func (s *Sessions[S]) Leave(keys []int32) {
	for _, key := range keys {
		s.byKey[key] = Open[S]{}
	}
	s.due = slices.DeleteFunc(s.due, func(d due) bool { return !s.byKey[d.key].open })
	for i := len(s.due)/2 - 1; i >= 0; i-- {
		s.due.sink(i, s.due[i])
	}
}

// Of is the open session of a key until the next call of Take, nil when there is none.
func (s *Sessions[S]) Of(key int32) *Open[S] {
	if int(key) >= len(s.byKey) || !s.byKey[key].open {
		return nil
	}
	return &s.byKey[key]
}

// Len is how many sessions are open.
func (s *Sessions[S]) Len() int { return len(s.due) }

// due is a key with an open session, which ends at an instant at the earliest.
type due struct {
	ends int64
	key  int32
}

// dueHeap has the session that may end first in front. A key keeps its place while its
// sessions follow each other: the next one ends later.
type dueHeap []due

// sink moves an entry from a place to where it belongs, towards the end.
func (h dueHeap) sink(at int, d due) {
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
		h[at] = h[kid]
		at = kid
	}
	h[at] = d
}

func (h *dueHeap) push(d due) {
	*h = append(*h, d)
	list := *h
	at := len(list) - 1
	for at > 0 && list[(at-1)/2].ends > d.ends {
		list[at] = list[(at-1)/2]
		at = (at - 1) / 2
	}
	list[at] = d
}

// pop takes the first entry out.
func (h *dueHeap) pop() {
	last := len(*h) - 1
	moved := (*h)[last]
	if *h = (*h)[:last]; last > 0 {
		h.sink(0, moved)
	}
}
