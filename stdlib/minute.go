package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnMinute() *Function {
	return define(sig.Function{
		Name: "minute", Group: groupTime,
		Doc:     "Gives the minute of the hour, 0 to 59.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`minute(@2026-01-31T12:34:56Z, "UTC")`, `34`,
			`minute(@2026-01-31T12:34:56Z, "Asia/Kolkata")`, `4`,
			`minute(@08:30)`, `30`,
		),
	}, timePart("minute", func(micros int64) int32 { return int32(micros / timefmt.Minute % 60) })...)
}
