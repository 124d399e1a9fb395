package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseTime() *Function {
	return define(sig.Function{
		Name: "parse_time", Group: groupTime,
		Doc:     "Reads a time by a Unicode pattern such as `yyyy-MM-dd HH:mm:ss.SSS`, `dd MMM yyyy`, `MM/dd/yy hh:mm a` or `EEE, d MMM yyyy HH:mm:ss XXX`. The zone counts when the text names neither an offset nor a zone. Of a time that the clock shows twice it is the first.",
		Failure: "The text does not fit the pattern, the calendar has no such day, the zone's clock skips the time, or the pattern or the zone is not one.",
		Examples: examples(
			`parse_time("2026-01-31 12:00:00", "yyyy-MM-dd HH:mm:ss", "Europe/Helsinki")`, `@2026-01-31T10:00:00Z`,
			`parse_time("31.1.2026 8:05", "d.M.yyyy H:mm", "UTC")`, `@2026-01-31T08:05:00Z`,
			`parse_time("Sat, 31 Jan 2026 12:00:00 +0200", "EEE, d MMM yyyy HH:mm:ss Z", "UTC")`, `@2026-01-31T10:00:00Z`,
			`parse_time("2026-02-30", "yyyy-MM-dd", "UTC")`, `error: "2026-02-30" has a day that its month does not have`,
			`parse_time("soon", "yyyy-MM-dd", "UTC")`, `error: "soon" does not fit the pattern "yyyy-MM-dd"`,
			`parse_time("2026-03-29 03:30", "yyyy-MM-dd HH:mm", "Europe/Helsinki")`, `error: "2026-03-29 03:30" is skipped by the clocks of Europe/Helsinki`,
		),
	}, overload{text: "parse_time(s: string, pattern: string, zone: string = timezone) -> timestamp!", kernel: parseTimeKernel})
}

func parseTimeKernel(c *kernel.Call) arrow.Array {
	s, clock, out := kernel.Reader[string](c.Args[0]), clocks(c, 2), kernel.NewColumn[int64](c)
	layout := layouts.reader(kernel.Reader[string](c.Args[1]), c.Fail)
	c.Each(func(i int) {
		l, ok := layout(i)
		if !ok {
			return
		}
		k := clock(i)
		if k == nil {
			return
		}
		t, err := l.Parse(s(i), k.Zone())
		if err != nil {
			c.Fail(i, err.Error())
			return
		}
		out.Set(i, t)
	})
	return out.Finish()
}
