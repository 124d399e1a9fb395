package stdlib

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnMakeTimestamp() *Function {
	return define(sig.Function{
		Name: "make_timestamp", Group: groupTime,
		Doc:     "Makes a time of what the clocks of a zone show; the first one where they show it twice.",
		Failure: "The calendar or the clock has no such time, the clocks of the zone skip it, or the zone does not exist.",
		Examples: examples(
			`make_timestamp(2026, 1, 31, 14, 30, 0, "Europe/Helsinki")`, `@2026-01-31T12:30:00Z`,
			`make_timestamp(2026, 1, 31, 14, 30, 15.25, "UTC")`, `@2026-01-31T14:30:15.25Z`,
			`make_timestamp(2026, 13, 1, 0, 0, 0, "UTC")`, `error: there is no day 1 of month 13 in 2026`,
			`make_timestamp(2026, 3, 29, 3, 30, 0, "Europe/Helsinki")`, `error: 2026-03-29T03:30:00 is skipped by the clocks of Europe/Helsinki`,
		),
	}, overload{
		text:   "make_timestamp<S: number>(year: long, month: long, day: long, hour: long, minute: long, second: S, zone: string = timezone) -> timestamp!",
		kernel: makeTimestampKernel,
	})
}

func makeTimestampKernel(c *kernel.Call) arrow.Array {
	year, month, day := kernel.Reader[int64](c.Args[0]), kernel.Reader[int64](c.Args[1]), kernel.Reader[int64](c.Args[2])
	timeOfDay, clock, out := clockTimes(c, 3), clocks(c, 6), kernel.NewColumn[int64](c)
	c.Each(func(i int) {
		days, err := civilDate(year(i), month(i), day(i))
		if err != nil {
			c.Fail(i, err.Error())
			return
		}
		t, ok := timeOfDay(i)
		if !ok {
			return
		}
		k := clock(i)
		if k == nil {
			return
		}
		local := days*timefmt.Day + t
		first, _, exists := k.Instants(local)
		if !exists {
			c.Fail(i, fmt.Sprintf("%s is skipped by the clocks of %s", timefmt.AppendLocal(nil, local), k.Zone()))
			return
		}
		out.Set(i, first)
	})
	return out.Finish()
}
