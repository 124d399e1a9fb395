package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnMonth() *Function {
	return define(sig.Function{
		Name: "month", Group: groupTime,
		Doc:     "Gives the month, 1 to 12.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`month(@2026-02-28)`, `2`,
			`month(@2026-01-31T23:00:00Z, "Europe/Helsinki")`, `2`,
			`month(@1969-12-31)`, `12`,
		),
	}, datePart("month", func(days int64) int32 {
		_, month, _ := timefmt.DateOf(days)
		return int32(month)
	})...)
}
