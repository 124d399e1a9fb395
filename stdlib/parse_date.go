package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseDate() *Function {
	return define(sig.Function{
		Name: "parse_date", Group: groupTime,
		Doc:     "Reads a date, as yyyy-MM-dd or by a Unicode pattern.",
		Failure: "The text does not fit, the calendar has no such day, or the pattern is not one.",
		Examples: examples(
			`parse_date("2026-01-31")`, `@2026-01-31`,
			`parse_date("31/01/2026", "dd/MM/yyyy")`, `@2026-01-31`,
			`parse_date("2026-02-29")`, `error: "2026-02-29" is not a date such as 2026-01-31`,
			`parse_date("31/13/2026", "dd/MM/yyyy")`, `error: "31/13/2026" does not fit the pattern "dd/MM/yyyy"`,
		),
	},
		overload{text: "parse_date(s: string) -> date!", kernel: kernel.MapErr1(timefmt.ParseDate)},
		overload{text: "parse_date(s: string, pattern: string) -> date!", kernel: parseDateKernel},
	)
}

func parseDateKernel(c *kernel.Call) arrow.Array {
	s, out := kernel.Reader[string](c.Args[0]), kernel.NewColumn[int32](c)
	layout := layouts.reader(kernel.Reader[string](c.Args[1]), c.Fail)
	c.Each(func(i int) {
		l, ok := layout(i)
		if !ok {
			return
		}
		d, err := l.ParseDate(s(i))
		if err != nil {
			c.Fail(i, err.Error())
			return
		}
		out.Set(i, d)
	})
	return out.Finish()
}
