package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnLastDay() *Function {
	return define(sig.Function{
		Name: "last_day", Group: groupTime,
		Doc: "Gives the last day of the month of a date.",
		Examples: examples(
			`last_day(@2026-02-10)`, `@2026-02-28`,
			`last_day(@2024-02-10)`, `@2024-02-29`,
			`last_day(@2026-12-31)`, `@2026-12-31`,
		),
	}, overload{text: "last_day(d: date) -> date", kernel: kernel.Map1(func(d int32) int32 {
		year, month, _ := timefmt.DateOf(int64(d))
		return int32(timefmt.DaysOf(year, month, timefmt.DaysIn(year, month)))
	})})
}
