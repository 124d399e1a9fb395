package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnQuarter() *Function {
	return define(sig.Function{
		Name: "quarter", Group: groupTime,
		Doc:     "Gives the quarter of the year, 1 to 4.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`quarter(@2026-01-31)`, `1`,
			`quarter(@2026-12-01)`, `4`,
			`quarter(@2026-03-31T22:00:00Z, "Europe/Helsinki")`, `2`,
		),
	}, datePart("quarter", func(days int64) int32 {
		_, month, _ := timefmt.DateOf(days)
		return int32(month+2) / 3
	})...)
}
