package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnMicrosecond() *Function {
	return define(sig.Function{
		Name: "microsecond", Group: groupTime,
		Doc:     "Gives the millionths of the second, 0 to 999999.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`microsecond(@2026-01-31T12:34:56.789Z, "UTC")`, `789000`,
			`microsecond(@08:30)`, `0`,
		),
	}, timePart("microsecond", func(micros int64) int32 { return int32(micros % timefmt.Second) })...)
}
