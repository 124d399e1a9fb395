package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnSecond() *Function {
	return define(sig.Function{
		Name: "second", Group: groupTime,
		Doc:     "Gives the second of the minute, 0 to 59, without its fraction.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`second(@2026-01-31T12:34:56.789Z, "UTC")`, `56`,
			`second(@08:30)`, `0`,
			`second(@1969-12-31T23:59:59.5Z, "UTC")`, `59`,
		),
	}, timePart("second", func(micros int64) int32 { return int32(micros / timefmt.Second % 60) })...)
}
