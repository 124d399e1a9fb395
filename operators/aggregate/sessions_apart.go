package aggregate

import (
	"math"
	"unsafe"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/operators/window"
)

// sessionsAway is the keys that leave memory with their open session. One comes back when a row
// of it comes, and before its session is settled. Where many are settled at once, as when the
// input ends, some come back at a time, give their results and are forgotten.
type sessionsAway struct {
	rows  *sessionRows
	shelf operators.Shelf
	spill *spill.Groups
	past  int64 // all sessions that are settled before it have closed
	// most is what all might take when it left memory last, shed that it ever did.
	most      int64
	shed      bool
	forgotten int // keys, since those were last taken off the shelf that are no more
}

// What names begin with on the shelf, beside rows that wait: keys, and the instants by which those
// are found.
const (
	keysPrefix  = "keys"
	datesPrefix = "when"
)

func newSessionsAway(s *sessionRows, shelf operators.Shelf, single spill.Codec) *sessionsAway {
	a := &sessionsAway{rows: s, shelf: shelf, past: operators.MinTime}
	a.spill = spill.New(s.keys, spill.NewPart(shelf, []byte(keysPrefix)), single)
	a.spill.Index(shelf, []byte(datesPrefix), s.rule.Gap+s.rule.Lateness)
	return a
}

// some reports that keys have left memory, or are to.
func (a *sessionsAway) some() bool { return a != nil && (a.shed || a.spill.Apart()) }

// leastTogether is how many keys come back at once in any case, mostTogether at most.
const leastTogether, mostTogether = 256, 4096

// mostForgotten is how many keys that are no more are remembered, or they would take what keys may.
const mostForgotten = 1 << 14

// together is how many keys come back at once whose sessions are settled.
func (a *sessionsAway) together() int {
	return min(max(a.spill.Room(a.most)/2, leastTogether), mostTogether)
}

// close emits the results of the sessions that a watermark settles; it is about to go as far as a
// horizon.
func (a *sessionsAway) close(watermark, horizon int64, f sessionFinder, out operators.Output) error {
	if !a.some() {
		f.close(watermark, out)
		a.past = max(a.past, behind(watermark))
		return nil
	}
	for done := false; !done; {
		next, err := a.spill.BringSome(a.rows.agg.Ctx.Mine, behind(watermark), behind(horizon), a.together())
		if err != nil {
			return err
		}
		to := watermark
		if done = next.At == behind(watermark); !done {
			to = next.At - 1
		}
		none := f.close(to, out)
		came := next.At > a.past // or those would go that have just come
		if a.past = max(a.past, next.At); came && none {
			if err := a.relieve(); err != nil {
				return err
			}
		}
	}
	return nil
}

// behind is the instant behind one.
func behind(at int64) int64 {
	if at == math.MaxInt64 {
		return at
	}
	return at + 1
}

// relieve is called between two steps of a watermark that passes many rows, as at the end of the
// input. It puts keys away where they take twice what they may, but not the few that have just come
// back, and takes those off the shelf that are no more.
func (a *sessionsAway) relieve() error {
	switch {
	case !a.shed || !a.shelf.Free():
		return nil
	case a.spill.Len() > 2*a.together() && a.spill.Holding() > 2*a.most:
		a.forgotten = 0
		return a.spill.Shed(a.most)
	case a.forgotten > mostForgotten:
		a.forgotten = 0
		return a.spill.Flush()
	}
	return nil
}

// put puts all keys on the shelf that have changed.
func (a *sessionsAway) put() error {
	if err := a.spill.Passed(a.past); err != nil {
		return err
	}
	return a.spill.Flush()
}

// nextOf is when something happens to a key: its session is settled, or none is open.
func nextOf[S any](opened *window.Sessions[S], key int32) int64 {
	o := opened.Of(key)
	if o == nil {
		return math.MaxInt64
	}
	return min(opened.Settled(opened.End(o.Start, o.Last)), math.MaxInt64-1)
}

// openBytes is what the session of a key takes beside what is known of it: its record, its place
// among those that are to end, and among keys in order.
func openBytes[S any]() int { return int(unsafe.Sizeof(window.Open[S]{})) + 16 + 4 }

// holding implements rowsThatWait: rows that wait, and keys.
func (s *sessionRows) holding() int64 {
	n := s.waiting.Holding()
	if s.apart != nil {
		n += s.apart.spill.Holding()
	}
	return n
}

// shed implements rowsThatWait: rows that wait and keys keep the same part.
func (s *sessionRows) shed(most int64) error {
	part := float64(most) / float64(max(s.holding(), 1))
	if err := s.waiting.Shed(int64(part * float64(s.waiting.Holding()))); err != nil || s.apart == nil {
		return err
	}
	a := s.apart
	if a.shelf.Free() {
		if err := a.spill.Passed(a.past); err != nil {
			return err
		}
	}
	a.most, a.shed = most, true
	return a.spill.Shed(int64(part * float64(a.spill.Holding())))
}
