package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnMonthName() *Function {
	return define(sig.Function{
		Name: "month_name", Group: groupTime,
		Doc:     "Gives the English name of the month.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`month_name(@2026-01-31)`, `"January"`,
			`month_name(@2026-01-31T23:00:00Z, "Europe/Helsinki")`, `"February"`,
		),
	},
		overload{text: "month_name(t: timestamp, zone: string = timezone) -> string", kernel: zoned(func(local int64) string { return monthName(int64(localDate(local))) })},
		overload{text: "month_name(d: date) -> string", kernel: ofDate(monthName)},
	)
}

func monthName(days int64) string {
	_, month, _ := timefmt.DateOf(days)
	return timefmt.MonthName(month)
}
