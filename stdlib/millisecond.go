package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnMillisecond() *Function {
	return define(sig.Function{
		Name: "millisecond", Group: groupTime,
		Doc:     "Gives the thousandths of the second, 0 to 999.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`millisecond(@2026-01-31T12:34:56.789Z, "UTC")`, `789`,
			`millisecond(@08:30)`, `0`,
			`millisecond(@1969-12-31T23:59:59.5Z, "UTC")`, `500`,
		),
	}, timePart("millisecond", func(micros int64) int32 { return int32(micros % timefmt.Second / 1000) })...)
}
