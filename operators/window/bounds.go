package window

import (
	"fmt"
	"math"
	"time"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

// grid is the boundaries of tumbling windows of one length: instants that cut time
// into pieces without gaps.
type grid interface {
	// floor is the last boundary at or before t.
	floor(t int64) int64
	// next is the first boundary after t.
	next(t int64) int64
}

// monday is 1969-12-29, from which weeks are counted.
const monday = -3 * timefmt.Day

// newGrid makes the grid of a length (SEMANTICS 18 and 19): multiples of it from
// 1970-01-01, weeks from a Monday. zone is nil without a zone.
func newGrid(length, offset types.Length, zone *time.Location) (grid, error) {
	length = normal(length, zone)
	switch {
	case length.Months < 0 || length.Days < 0 || length.Micros < 0 || length == types.Length{}:
		return nil, fmt.Errorf("window: a length of %s is not positive", lengthText(length))
	case length.Months > 0 && (length.Days > 0 || length.Micros > 0) || length.Days > 0 && length.Micros > 0:
		return nil, fmt.Errorf("window: a length of %s mixes units; whole months, whole days or parts of a day can be windows", lengthText(length))
	case length.Months > 0 || length.Days > 0:
		if zone == nil {
			return nil, fmt.Errorf("window: a length of %s needs a zone", lengthText(length))
		}
		return newCalendar(length, offset, zone), nil
	case zone == nil || zone == time.UTC:
		return newExact(length.Micros, offset), nil
	case timefmt.Day%length.Micros != 0:
		return nil, fmt.Errorf("window: with a zone a length of %s must divide a day", lengthText(length))
	}
	return newClockTimes(length.Micros, offset, zone), nil
}

// normal writes whole days as days where a zone makes them calendar days.
func normal(l types.Length, zone *time.Location) types.Length {
	if zone != nil && l.Micros > 0 && l.Micros%timefmt.Day == 0 {
		l.Days += int(l.Micros / timefmt.Day)
		l.Micros = 0
	}
	return l
}

func lengthText(l types.Length) string {
	return fmt.Sprintf("%d months, %d days, %s", l.Months, l.Days, time.Duration(l.Micros)*time.Microsecond)
}

// exact is boundaries at equal distances.
type exact struct{ size, origin int64 }

func newExact(size int64, offset types.Length) *exact {
	origin := int64(offset.Days)*timefmt.Day + offset.Micros
	if size%(7*timefmt.Day) == 0 {
		origin += monday
	}
	return &exact{size: size, origin: origin}
}

func (g *exact) floor(t int64) int64 {
	return g.origin + timefmt.FloorDiv(t-g.origin, g.size)*g.size
}

func (g *exact) next(t int64) int64 { return g.floor(t) + g.size }

// calendar is boundaries at local midnights (plus an offset) of every n-th day or
// month.
type calendar struct {
	months, days int
	origin       int64 // day or month that number 0 starts at
	offset       types.Length
	clock        *timefmt.Clock
}

func newCalendar(length, offset types.Length, zone *time.Location) *calendar {
	c := &calendar{months: length.Months, days: length.Days, offset: offset, clock: timefmt.NewClock(zone)}
	if length.Days%7 == 0 && length.Months == 0 {
		c.origin = monday / timefmt.Day
	}
	return c
}

// boundary is the k-th boundary: where the local time is skipped the instant of the
// jump, where it is shown twice the first.
func (c *calendar) boundary(k int64) int64 {
	first, _, _ := c.clock.Instants(c.local(k))
	return first
}

// local is the local time the k-th boundary stands for.
func (c *calendar) local(k int64) int64 {
	var day int64
	if c.months > 0 {
		day = timefmt.DaysOf(1970, 1+int(k)*c.months+c.offset.Months, 1)
	} else {
		day = c.origin + k*int64(c.days)
	}
	return (day+int64(c.offset.Days))*timefmt.Day + c.offset.Micros
}

// number is k of the last boundary at or before t.
func (c *calendar) number(t int64) int64 {
	local := c.clock.Local(t) - c.offset.Micros - int64(c.offset.Days)*timefmt.Day
	day := timefmt.FloorDiv(local, timefmt.Day)
	var k int64
	if c.months > 0 {
		year, month, _ := timefmt.DateOf(day)
		k = timefmt.FloorDiv(int64(year-1970)*12+int64(month-1-c.offset.Months), int64(c.months))
	} else {
		k = timefmt.FloorDiv(day-c.origin, int64(c.days))
	}
	for c.boundary(k) > t {
		k--
	}
	for c.boundary(k+1) <= t {
		k++
	}
	return k
}

func (c *calendar) floor(t int64) int64 { return c.boundary(c.number(t)) }

func (c *calendar) next(t int64) int64 { return c.boundary(c.number(t) + 1) }

// clockTimes is boundaries at local times of day that are multiples of a size (plus
// an offset). A skipped time of day stands at the jump; one that is shown twice
// counts twice up to a size of an hour, and once above.
type clockTimes struct {
	size, offset int64
	zone         *time.Location
	lo, hi       int64 // a span of time with one distance from UTC
	shift        int64
}

func newClockTimes(size int64, offset types.Length, zone *time.Location) *clockTimes {
	return &clockTimes{size: size, offset: int64(offset.Days)*timefmt.Day + offset.Micros, zone: zone}
}

// enter makes lo, hi and shift those of the span that t is in.
func (g *clockTimes) enter(t int64) {
	if t >= g.lo && t < g.hi {
		return
	}
	at := time.UnixMicro(t).In(g.zone)
	_, seconds := at.Zone()
	g.shift, g.lo, g.hi = int64(seconds)*timefmt.Second, math.MinInt64, math.MaxInt64
	start, end := at.ZoneBounds()
	if !start.IsZero() {
		g.lo = start.UnixMicro()
	}
	if !end.IsZero() {
		g.hi = end.UnixMicro()
	}
}

// multiple is the largest local boundary time at or before a local time.
func (g *clockTimes) multiple(local int64) int64 {
	return g.offset + timefmt.FloorDiv(local-g.offset, g.size)*g.size
}

// shownBefore reports that an instant of the span shows a time that the span before
// has shown already, and that such a time is no boundary.
func (g *clockTimes) shownBefore(t, earlier int64) bool {
	return g.size > timefmt.Hour && g.lo != math.MinInt64 && t+g.shift < g.lo+earlier
}

// before is the distance from UTC in the span before the one entered.
func (g *clockTimes) before() int64 {
	if g.lo == math.MinInt64 {
		return g.shift
	}
	_, seconds := time.UnixMicro(g.lo - 1).In(g.zone).Zone()
	return int64(seconds) * timefmt.Second
}

// startsAtJump reports that the span begins with a boundary: a multiple that its
// jump skips, or the time it begins with.
func (g *clockTimes) startsAtJump(earlier int64) bool {
	from, to := g.lo+earlier, g.lo+g.shift
	if to >= from {
		m := g.multiple(to)
		return m >= from
	}
	return g.multiple(to) == to && !g.shownBefore(g.lo, earlier)
}

func (g *clockTimes) floor(t int64) int64 {
	for {
		g.enter(t)
		earlier := g.before()
		for at := g.multiple(t+g.shift) - g.shift; at > g.lo; at -= g.size {
			if !g.shownBefore(at, earlier) {
				return at
			}
		}
		if g.startsAtJump(earlier) {
			return g.lo
		}
		t = g.lo - 1
	}
}

func (g *clockTimes) next(t int64) int64 {
	for {
		g.enter(t)
		earlier := g.before()
		for at := g.multiple(t+g.shift) - g.shift + g.size; at < g.hi; at += g.size {
			if !g.shownBefore(at, earlier) {
				return at
			}
		}
		t = g.hi
		g.enter(t)
		if g.startsAtJump(g.before()) {
			return t
		}
	}
}
