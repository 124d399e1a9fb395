package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnDateDiff() *Function {
	return define(sig.Function{
		Name: "date_diff", Group: groupTime,
		Doc:     "Counts the boundaries of a unit between two times: midnights for \"day\", Mondays for \"week\", and so on with year, quarter, month, hour, minute, second, millisecond and microsecond. Subtract the times for the time elapsed.",
		Failure: "The unit or the zone does not exist.",
		Examples: examples(
			`date_diff("day", @2026-01-31T23:00:00Z, @2026-02-01T01:00:00Z, "UTC")`, `1`,
			`date_diff("day", @2026-01-31T23:00:00Z, @2026-02-01T01:00:00Z, "Europe/Helsinki")`, `0`,
			`date_diff("hour", @2026-01-31T12:59:00Z, @2026-01-31T13:01:00Z, "UTC")`, `1`,
			`date_diff("hour", @2026-03-29T00:30:00Z, @2026-03-29T01:30:00Z, "Europe/Helsinki")`, `1`,
			`date_diff("month", @2026-01-31, @2025-11-01)`, `-2`,
			`date_diff("week", @2026-01-25, @2026-01-26)`, `1`,
			`date_diff("year", @2024-12-31, @2026-01-01)`, `2`,
		),
	},
		overload{text: "date_diff(unit: string, a: timestamp, b: timestamp, zone: string = timezone) -> long", kernel: diffInstants},
		overload{text: "date_diff(unit: string, a: local_timestamp, b: local_timestamp) -> long", kernel: diffOf(kernel.Reader[int64], 1)},
		overload{text: "date_diff(unit: string, a: date, b: date) -> long", kernel: diffOf(kernel.Reader[int32], timefmt.Day)},
	)
}

func diffInstants(c *kernel.Call) arrow.Array {
	unit, a, b, clock := steps(c, 0), kernel.Reader[int64](c.Args[1]), kernel.Reader[int64](c.Args[2]), clocks(c, 3)
	out := kernel.NewColumn[int64](c)
	c.Each(func(i int) {
		s, ok := unit(i)
		if !ok {
			return
		}
		k := clock(i)
		if k == nil {
			return
		}
		if s.months == 0 && s.micros <= timefmt.Hour {
			// Hours pass alike whether clocks change or not; only where they stand in
			// the hour depends on the zone.
			off := k.Offset(a(i))
			out.Set(i, s.index(b(i)+off)-s.index(a(i)+off))
			return
		}
		out.Set(i, s.index(k.Local(b(i)))-s.index(k.Local(a(i))))
	})
	return out.Finish()
}

// diffOf counts boundaries between times without zone, given in units of micros.
func diffOf[T int32 | int64](read func(kernel.Vector) func(int) T, micros int64) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		unit, a, b, out := steps(c, 0), read(c.Args[1]), read(c.Args[2]), kernel.NewColumn[int64](c)
		c.Each(func(i int) {
			if s, ok := unit(i); ok {
				out.Set(i, s.index(int64(b(i))*micros)-s.index(int64(a(i))*micros))
			}
		})
		return out.Finish()
	}
}
