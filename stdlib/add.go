package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnAdd() *Function {
	return define(sig.Function{
		Name: "add", Group: groupTime,
		Doc:     "Adds a period of months and days to a time in a zone, to a local time or to a date. The time of day stays; the day is the last of the month where the month is shorter. A local time that the zone's clock skips becomes the instant of the jump.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`add(@2026-01-31, 1mo)`, `@2026-02-28`,
			`add(@2024-02-29, 1y)`, `@2025-02-28`,
			`add(@2026-03-15T10:00:00Z, 1mo, "Europe/Helsinki")`, `@2026-04-15T09:00:00Z`,
			`add(@2026-02-28T01:30:00Z, 1mo, "Europe/Helsinki")`, `@2026-03-28T01:30:00Z`,
		),
	},
		overload{text: "add(t: timestamp, p: period, zone: string = timezone) -> timestamp", kernel: addInstants},
		overload{text: "add(t: local_timestamp, p: period) -> local_timestamp", kernel: kernel.Map2(addPeriod)},
		overload{text: "add(d: date, p: period) -> date", kernel: kernel.Map2(func(d int32, p arrow.MonthDayNanoInterval) int32 {
			return localDate(addPeriod(int64(d)*timefmt.Day, p))
		})},
	)
}

func addInstants(c *kernel.Call) arrow.Array {
	at, period, clock := kernel.Reader[int64](c.Args[0]), kernel.Reader[arrow.MonthDayNanoInterval](c.Args[1]), clocks(c, 2)
	out := kernel.NewColumn[int64](c)
	c.Each(func(i int) {
		k := clock(i)
		if k == nil {
			return
		}
		offset := k.Offset(at(i))
		first, last, _ := k.Instants(addPeriod(at(i)+offset, period(i)))
		if k.Offset(last) == offset {
			first = last // shown twice: the one on the same side of the change
		}
		out.Set(i, first)
	})
	return out.Finish()
}
