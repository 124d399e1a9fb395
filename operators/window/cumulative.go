package window

import (
	"fmt"
	"time"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

// cumulative is windows that share the start of a tumbling window of `size` and end
// at each boundary of `every` in it, the last at its end (SEMANTICS 21).
type cumulative struct {
	outer grid
	// after is the boundary behind another, in the window that begins at a start.
	after func(start, boundary int64) int64

	from, to int64 // the answer holds for from <= t < to
	answer   []span
}

func newCumulative(size, every, offset types.Length, zone *time.Location) (*cumulative, error) {
	outer, err := newGrid(size, offset, zone)
	if err != nil {
		return nil, err
	}
	c := &cumulative{outer: outer}
	every, size = normal(every, zone), normal(size, zone)
	switch {
	case every.Months < 0 || every.Days < 0 || every.Micros < 0 || every == types.Length{}:
		return nil, fmt.Errorf("window: a step of %s is not positive", lengthText(every))
	case every.Months == 0 && every.Days == 0 && (zone == nil || zone == time.UTC):
		c.after = func(_, boundary int64) int64 { return boundary + every.Micros }
	case every.Months == 0 && every.Days == 0:
		inner, err := newGrid(every, offset, zone)
		if err != nil {
			return nil, err
		}
		c.after = func(_, boundary int64) int64 { return inner.next(boundary) }
	case zone == nil || size.Micros > 0:
		return nil, fmt.Errorf("window: windows of %s cannot grow by %s", lengthText(size), lengthText(every))
	default:
		c.after = calendarSteps(outer, every, zone)
	}
	return c, nil
}

// calendarSteps counts whole days or months of local time from the start of the
// window.
func calendarSteps(outer grid, every types.Length, zone *time.Location) func(start, boundary int64) int64 {
	clock := timefmt.NewClock(zone)
	local := clock.Local
	if c, ok := outer.(*calendar); ok {
		// A start whose midnight is skipped still stands for that midnight.
		local = func(start int64) int64 { return c.local(c.number(start)) }
	}
	return func(start, boundary int64) int64 {
		at := local(start)
		day := timefmt.FloorDiv(at, timefmt.Day)
		for k := 1; ; k++ {
			days := timefmt.AddMonths(day, k*every.Months) + int64(k*every.Days)
			next, _, _ := clock.Instants(days*timefmt.Day + at - day*timefmt.Day)
			if next > boundary {
				return next
			}
		}
	}
}

// of is the windows of t by their end. The result holds until the next call.
func (c *cumulative) of(t int64) []span {
	if t >= c.from && t < c.to {
		return c.answer
	}
	start, end := c.outer.floor(t), c.outer.next(t)
	c.answer = c.answer[:0]
	c.from, c.to = start, end
	for at := c.after(start, start); at < end; at = c.after(start, at) {
		if at <= t {
			c.from = at
			continue
		}
		c.to = min(c.to, at)
		c.answer = append(c.answer, span{start: start, end: at})
	}
	c.answer = append(c.answer, span{start: start, end: end})
	return c.answer
}
