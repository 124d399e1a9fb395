package timefmt

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
)

// LoadZone finds a zone by its IANA name (`Europe/Helsinki`, `UTC`) or as a fixed
// offset (`+02:00`). The machine's own zone has no name here: a result must not
// depend on where it is computed.
func LoadZone(name string) (*time.Location, error) {
	if name == "UTC" || name == "Z" {
		return time.UTC, nil
	}
	if loc, ok := loaded.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := loadZone(name)
	if err != nil {
		return nil, err
	}
	loaded.Store(name, loc)
	return loc, nil
}

// loaded keeps zones that were found: parsing one takes longer than a batch of
// rows. There are some 600 names, and 1,440 offsets.
var loaded sync.Map

func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not a time zone", name)
	}
	if name[0] == '+' || name[0] == '-' {
		s := scanner{text: name}
		seconds, ok := s.offset(offsetColon)
		if !ok || s.at != len(name) {
			return nil, fmt.Errorf("%q is not a time zone; an offset is written as +02:00", name)
		}
		return time.FixedZone(name, seconds), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || strings.ContainsAny(name, " \\") {
		return nil, fmt.Errorf("%q is not a time zone", name)
	}
	return loc, nil
}

// Clock converts between instants and the local times of one zone. It remembers
// the span of the offset used last, which serves runs of neighbouring instants;
// it is not for use by several goroutines at once.
type Clock struct {
	loc    *time.Location
	lo, hi int64 // the span of instants with the offset
	offset int64
}

// NewClock returns a clock of a zone.
func NewClock(loc *time.Location) *Clock {
	if loc == time.UTC {
		return &Clock{loc: loc, lo: math.MinInt64, hi: math.MaxInt64}
	}
	return &Clock{loc: loc}
}

// Local is the local time of an instant.
func (c *Clock) Local(instant int64) int64 { return instant + c.Offset(instant) }

// Offset is the zone's distance from UTC at an instant, in microseconds.
func (c *Clock) Offset(instant int64) int64 {
	if instant >= c.lo && instant < c.hi {
		return c.offset
	}
	t := time.UnixMicro(instant).In(c.loc)
	_, seconds := t.Zone()
	c.offset, c.lo, c.hi = int64(seconds)*Second, math.MinInt64, math.MaxInt64
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		c.lo = start.UnixMicro()
	}
	if !end.IsZero() {
		c.hi = end.UnixMicro()
	}
	return c.offset
}

// Instants are the instants at which a local time is shown: first and last are
// the same when the clock shows it once. Where the clock jumps over it, exists is
// false and both are the instant of the jump.
func (c *Clock) Instants(local int64) (first, last int64, exists bool) {
	// Offsets are within a day of UTC and a zone changes its offset once in two days
	// at most, so that the offsets a day before and after are the only candidates.
	before, after := c.Offset(local-Day), c.Offset(local+Day)
	early, late := local-max(before, after), local-min(before, after)
	okEarly, okLate := c.Local(early) == local, c.Local(late) == local
	switch {
	case okEarly && okLate:
		return early, late, true
	case okEarly:
		return early, early, true
	case okLate:
		return late, late, true
	}
	// The jump lies between the two readings of the local time.
	c.Offset(late)
	jump := c.lo
	return jump, jump, false
}

// Zone is the zone of the clock.
func (c *Clock) Zone() *time.Location { return c.loc }
