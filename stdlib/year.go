package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnYear() *Function {
	return define(sig.Function{
		Name: "year", Group: groupTime,
		Doc:     "Gives the year of a time, in a zone or of a local time, or of a date.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`year(@2025-12-31T23:00:00Z, "Europe/Helsinki")`, `2026`,
			`year(@2025-12-31T23:00:00Z, "UTC")`, `2025`,
			`year(@2026-01-31)`, `2026`,
			`year(@1969-12-31)`, `1969`,
		),
	}, datePart("year", func(days int64) int32 {
		year, _, _ := timefmt.DateOf(days)
		return int32(year)
	})...)
}
