package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnDayOfYear() *Function {
	return define(sig.Function{
		Name: "day_of_year", Group: groupTime,
		Doc:     "Gives the day of the year, 1 to 366.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`day_of_year(@2026-02-01)`, `32`,
			`day_of_year(@2024-12-31)`, `366`,
			`day_of_year(@2026-01-01T00:00:00Z, "UTC")`, `1`,
		),
	}, datePart("day_of_year", func(days int64) int32 { return int32(timefmt.DayOfYear(days)) })...)
}
