package window

import (
	"fmt"
	"time"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

// span is one window: start <= t < end.
type span struct{ start, end int64 }

// spans finds the windows of an instant. It remembers the answer for as long as it
// is the same, which serves runs of neighbouring rows.
type spans struct {
	starts grid
	end    func(start int64) int64 // of the window that begins at a start
	// reach is longer than every window, by which the search for starts is bounded.
	reach int64
	// moves: the clock of the zone decides on ends; reach then has a day to spare.
	moves bool

	from, to int64 // the answer holds for from <= t < to
	answer   []span
}

// newHopping makes hopping windows (SEMANTICS 20).
func newHopping(size, every, offset types.Length, zone *time.Location) (*spans, error) {
	g, err := newGrid(every, offset, zone)
	if err != nil {
		return nil, err
	}
	size = normal(size, zone)
	if (size.Months > 0 || size.Days > 0) && zone == nil {
		return nil, fmt.Errorf("window: a length of %s needs a zone", lengthText(size))
	}
	if size.Months == 0 && size.Days == 0 {
		if e := normal(every, zone); e.Months > 0 || e.Days > 0 || e.Micros > size.Micros {
			return nil, fmt.Errorf("window: windows that begin every %s cannot be %s long", lengthText(every), lengthText(size))
		}
		return &spans{starts: g, end: func(s int64) int64 { return s + size.Micros }, reach: size.Micros}, nil
	}
	clock := timefmt.NewClock(zone)
	local := clock.Local
	if c, ok := g.(*calendar); ok {
		// A start whose midnight is skipped still stands for that midnight.
		local = func(start int64) int64 { return c.local(c.number(start)) }
	}
	end := func(start int64) int64 {
		at := local(start)
		days := timefmt.AddMonths(timefmt.FloorDiv(at, timefmt.Day), size.Months) + int64(size.Days)
		at = days*timefmt.Day + (at - timefmt.FloorDiv(at, timefmt.Day)*timefmt.Day) + size.Micros
		first, _, _ := clock.Instants(at)
		return first
	}
	// A month has at most 31 days, and a zone moves its clock by a day at most.
	reach := int64(31*size.Months+size.Days+2)*timefmt.Day + size.Micros
	return &spans{starts: g, end: end, reach: reach, moves: true}, nil
}

// of is the windows of t, ascending by start. The result holds until the next call.
func (s *spans) of(t int64) []span {
	if t >= s.from && t < s.to {
		return s.answer
	}
	s.answer = s.answer[:0]
	s.from, s.to = s.starts.floor(t), s.starts.next(t)
	start := s.from
	for ; start > t-s.reach; start = s.starts.floor(start - 1) {
		end := s.end(start)
		if end <= t {
			s.from = max(s.from, end)
			continue
		}
		s.to = min(s.to, end)
		s.answer = append(s.answer, span{start: start, end: end})
	}
	// Of the windows not looked at the first may have ended last; the ends of others
	// are not later than that by more than clocks are moved.
	if end := s.end(start); end > s.from {
		s.from = end
	}
	if s.moves {
		s.from = max(s.from, t-timefmt.Day/2)
	}
	for i, j := 0, len(s.answer)-1; i < j; i, j = i+1, j-1 {
		s.answer[i], s.answer[j] = s.answer[j], s.answer[i]
	}
	return s.answer
}
