package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnWeek() *Function {
	return define(sig.Function{
		Name: "week", Group: groupTime,
		Doc:     "Gives the week of ISO 8601, 1 to 53. Weeks begin on Monday, and week 1 is the one with the first Thursday; see iso_year.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`week(@2026-01-01)`, `1`,
			`week(@2027-01-01)`, `53`,
			`week(@2025-12-29)`, `1`,
			`week(@2026-01-04T23:00:00Z, "Europe/Helsinki")`, `2`,
		),
	}, datePart("week", func(days int64) int32 {
		_, week := timefmt.ISOWeek(days)
		return int32(week)
	})...)
}
