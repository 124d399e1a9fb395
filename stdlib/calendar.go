package stdlib

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// step is a unit that local times are cut to: months, or microseconds. Months
// count from January of year 0, lengths from 1970-01-01T00:00 local, and lengths
// of whole weeks from a Monday.
type step struct {
	months int64
	micros int64
}

const week = 7 * timefmt.Day

// mondayShift is how far 1970-01-01, a Thursday, lies after a Monday.
const mondayShift = 3 * timefmt.Day

// floor is the last boundary at or before a local time.
func (s step) floor(local int64) int64 { return s.start(s.index(local)) }

// index numbers the unit a local time lies in.
func (s step) index(local int64) int64 {
	switch {
	case s.months > 0:
		year, month, _ := timefmt.DateOf(timefmt.FloorDiv(local, timefmt.Day))
		return timefmt.FloorDiv(int64(year)*12+int64(month)-1, s.months)
	case s.micros%week == 0:
		return timefmt.FloorDiv(local+mondayShift, s.micros)
	}
	return timefmt.FloorDiv(local, s.micros)
}

// start is the local time at which a unit begins.
func (s step) start(index int64) int64 {
	switch {
	case s.months > 0:
		return timefmt.DaysOf(0, int(index*s.months)+1, 1) * timefmt.Day
	case s.micros%week == 0:
		return index*s.micros - mondayShift
	}
	return index * s.micros
}

// truncate cuts an instant to the last boundary that a zone's clock has shown.
// A boundary the clock skips counts at the jump. One it shows twice counts both
// times for units up to an hour, else only the first time.
func (s step) truncate(instant int64, clock *timefmt.Clock) int64 {
	first, last, _ := clock.Instants(s.floor(clock.Local(instant)))
	if s.months == 0 && s.micros <= timefmt.Hour && last <= instant {
		return last
	}
	return min(first, instant)
}

var unitSteps = map[string]step{
	"microsecond": {micros: 1},
	"millisecond": {micros: 1000},
	"second":      {micros: timefmt.Second},
	"minute":      {micros: timefmt.Minute},
	"hour":        {micros: timefmt.Hour},
	"day":         {micros: timefmt.Day},
	"week":        {micros: week},
	"month":       {months: 1},
	"quarter":     {months: 3},
	"year":        {months: 12},
}

func unitStep(name string) (step, error) {
	if s, ok := unitSteps[name]; ok {
		return s, nil
	}
	return step{}, fmt.Errorf("%q is not a unit of time; there are year, quarter, month, week, day, hour, minute, second, millisecond and microsecond", name)
}

func durationStep(micros int64) (step, error) {
	if micros <= 0 {
		return step{}, fmt.Errorf("a unit must be longer than nothing")
	}
	return step{micros: micros}, nil
}

func periodStep(p arrow.MonthDayNanoInterval) (step, error) {
	switch {
	case p.Months > 0 && p.Days == 0:
		return step{months: int64(p.Months)}, nil
	case p.Months == 0 && p.Days > 0:
		return step{micros: int64(p.Days) * timefmt.Day}, nil
	}
	return step{}, fmt.Errorf("a unit is a number of months or of days, above zero and not both")
}

// steps reads an argument that is a unit of time: its name, a duration or a
// period. The function returned fails the row and gives false when it is none.
func steps(c *kernel.Call, arg int) func(row int) (step, bool) {
	checked := func(s step, err error, row int) (step, bool) {
		if err != nil {
			c.Fail(row, err.Error())
		}
		return s, err == nil
	}
	switch c.Args[arg].Type.Kind {
	case types.Duration:
		read := kernel.Reader[int64](c.Args[arg])
		return func(row int) (step, bool) {
			s, err := durationStep(read(row))
			return checked(s, err, row)
		}
	case types.Period:
		read := kernel.Reader[arrow.MonthDayNanoInterval](c.Args[arg])
		return func(row int) (step, bool) {
			s, err := periodStep(read(row))
			return checked(s, err, row)
		}
	default:
		read := kernel.Reader[string](c.Args[arg])
		return func(row int) (step, bool) {
			s, err := unitStep(read(row))
			return checked(s, err, row)
		}
	}
}

// truncateInstants is a kernel of (time, unit, zone), or of (unit, time, zone).
func truncateInstants(timeArg, unitArg int) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		at, unit, clock := kernel.Reader[int64](c.Args[timeArg]), steps(c, unitArg), clocks(c, 2)
		out := kernel.NewColumn[int64](c)
		c.Each(func(i int) {
			s, ok := unit(i)
			if !ok {
				return
			}
			if k := clock(i); k != nil {
				out.Set(i, s.truncate(at(i), k))
			}
		})
		return out.Finish()
	}
}

// truncateLocals is truncateInstants for local times.
func truncateLocals(timeArg, unitArg int) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		at, unit, out := kernel.Reader[int64](c.Args[timeArg]), steps(c, unitArg), kernel.NewColumn[int64](c)
		c.Each(func(i int) {
			if s, ok := unit(i); ok {
				out.Set(i, s.floor(at(i)))
			}
		})
		return out.Finish()
	}
}

// truncateDates is truncateInstants for dates.
func truncateDates(timeArg, unitArg int) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		at, unit, out := kernel.Reader[int32](c.Args[timeArg]), steps(c, unitArg), kernel.NewColumn[int32](c)
		c.Each(func(i int) {
			if s, ok := unit(i); ok {
				out.Set(i, int32(timefmt.FloorDiv(s.floor(int64(at(i))*timefmt.Day), timefmt.Day)))
			}
		})
		return out.Finish()
	}
}

// addPeriod moves a local time by months, then days; the day of the month is the
// last where the month is shorter.
func addPeriod(local int64, p arrow.MonthDayNanoInterval) int64 {
	days := timefmt.FloorDiv(local, timefmt.Day)
	rest := local - days*timefmt.Day
	return (timefmt.AddMonths(days, int(p.Months))+int64(p.Days))*timefmt.Day + rest
}

// layouts keeps parsed time patterns.
var layouts = newCache(timefmt.Parse)
