package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnDayName() *Function {
	return define(sig.Function{
		Name: "day_name", Group: groupTime,
		Doc:     "Gives the English name of the weekday.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`day_name(@2026-01-31)`, `"Saturday"`,
			`day_name(@2026-02-01T23:00:00Z, "Europe/Helsinki")`, `"Monday"`,
		),
	},
		overload{text: "day_name(t: timestamp, zone: string = timezone) -> string", kernel: zoned(func(local int64) string { return dayName(int64(localDate(local))) })},
		overload{text: "day_name(d: date) -> string", kernel: ofDate(dayName)},
	)
}

func dayName(days int64) string { return timefmt.WeekdayName(timefmt.Weekday(days)) }
