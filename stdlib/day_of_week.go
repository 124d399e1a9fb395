package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnDayOfWeek() *Function {
	return define(sig.Function{
		Name: "day_of_week", Group: groupTime,
		Doc:     "Gives the weekday, 1 for Monday to 7 for Sunday.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`day_of_week(@2026-01-31)`, `6`,
			`day_of_week(@2026-02-01)`, `7`,
			`day_of_week(@2026-02-01T23:00:00Z, "Europe/Helsinki")`, `1`,
			`day_of_week(@1970-01-01)`, `4`,
		),
	}, datePart("day_of_week", func(days int64) int32 { return int32(timefmt.Weekday(days)) })...)
}
