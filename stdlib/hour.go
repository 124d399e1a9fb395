package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnHour() *Function {
	return define(sig.Function{
		Name: "hour", Group: groupTime,
		Doc:     "Gives the hour of the day, 0 to 23.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`hour(@2026-01-31T12:30:00Z, "Europe/Helsinki")`, `14`,
			`hour(@2026-07-31T12:30:00Z, "Europe/Helsinki")`, `15`,
			`hour(@2026-01-31T12:30:00Z, "UTC")`, `12`,
			`hour(@08:30)`, `8`,
			`hour(@1969-12-31T23:59:59Z, "UTC")`, `23`,
			`hour(@2026-01-31T12:30:00Z, "Mars")`, `error: "Mars" is not a time zone`,
		),
	}, timePart("hour", func(micros int64) int32 { return int32(micros / timefmt.Hour) })...)
}
