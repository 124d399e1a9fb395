package kernel

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/timefmt"
)

// AddPeriod is a date and a period: months first, to the last day where the month
// is shorter, then days.
func AddPeriod(c *Call) arrow.Array { return movedDates(c, 1) }

// SubPeriod is a date less a period.
func SubPeriod(c *Call) arrow.Array { return movedDates(c, -1) }

func movedDates(c *Call, sign int) arrow.Array {
	date, period, out := Reader[int32](c.Args[0]), Reader[arrow.MonthDayNanoInterval](c.Args[1]), NewColumn[int32](c)
	c.Each(func(i int) {
		p := period(i)
		days := timefmt.AddMonths(int64(date(i)), sign*int(p.Months)) + int64(sign)*int64(p.Days)
		if days != int64(int32(days)) {
			c.Trap(i, CodeOverflow, outOfRange)
			return
		}
		out.Set(i, int32(days))
	})
	return out.Finish()
}

// DatesToLocal is dates as the local time they begin at.
func DatesToLocal(c *Call) arrow.Array {
	date, out := Reader[int32](c.Args[0]), NewColumn[int64](c)
	c.Each(func(i int) {
		day := int64(date(i))
		if day > math.MaxInt64/timefmt.Day || day < math.MinInt64/timefmt.Day {
			c.Trap(i, CodeOverflow, outOfRange)
			return
		}
		out.Set(i, day*timefmt.Day)
	})
	return out.Finish()
}
