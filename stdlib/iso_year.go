package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnISOYear() *Function {
	return define(sig.Function{
		Name: "iso_year", Group: groupTime,
		Doc:     "Gives the year that the week of ISO 8601 belongs to.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`iso_year(@2027-01-01)`, `2026`,
			`iso_year(@2025-12-29)`, `2026`,
			`iso_year(@2026-06-15T12:00:00Z, "UTC")`, `2026`,
		),
	}, datePart("iso_year", func(days int64) int32 {
		year, _ := timefmt.ISOWeek(days)
		return int32(year)
	})...)
}
