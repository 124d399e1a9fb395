package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnTimeOfDay() *Function {
	return define(sig.Function{
		Name: "time_of_day", Group: groupTime,
		Doc:     "Gives the time of day of a time in a zone, or of a local time.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`time_of_day(@2026-01-31T12:30:15.5Z, "Europe/Helsinki")`, `@14:30:15.5`,
			`time_of_day(@1969-12-31T23:59:59Z, "UTC")`, `@23:59:59`,
			`time_of_day(to_local(@2026-01-31T12:00:00Z, "Asia/Kolkata"))`, `@17:30`,
		),
	},
		overload{text: "time_of_day(t: timestamp, zone: string = timezone) -> time", kernel: zoned(localTime)},
		overload{text: "time_of_day(t: local_timestamp) -> time", kernel: kernel.Map1(localTime)},
	)
}

func localTime(local int64) int64 { return local - timefmt.FloorDiv(local, timefmt.Day)*timefmt.Day }
