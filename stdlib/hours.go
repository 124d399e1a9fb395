package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnHours() *Function {
	return define(sig.Function{
		Name: "hours", Group: groupTime,
		Doc:     "Makes a duration of a number of times an hour, rounded to the microsecond.",
		Failure: "The duration is longer than about 292,000 years.",
		Examples: examples(
			`hours(36)`, `1d12h`,
			`hours(0.5e0)`, `30m`,
			`hours(9223372036854775807)`, `error: the result is outside the range of duration`,
		),
	}, overload{text: "hours<T: number>(n: T) -> duration", kernel: durationsOf(timefmt.Hour)})
}
