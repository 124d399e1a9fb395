package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnDay() *Function {
	return define(sig.Function{
		Name: "day", Group: groupTime,
		Doc:     "Gives the day of the month.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`day(@2026-01-31)`, `31`,
			`day(@2026-01-31T23:00:00Z, "Europe/Helsinki")`, `1`,
			`day(@2026-01-31T23:00:00Z, "UTC")`, `31`,
		),
	}, datePart("day", func(days int64) int32 {
		_, _, day := timefmt.DateOf(days)
		return int32(day)
	})...)
}
