package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnMinutes() *Function {
	return define(sig.Function{
		Name: "minutes", Group: groupTime,
		Doc:     "Makes a duration of a number of times a minute, rounded to the microsecond.",
		Failure: "The duration is longer than about 292,000 years.",
		Examples: examples(
			`minutes(90)`, `1h30m`,
			`minutes(-1)`, `-1m`,
			`minutes(9223372036854775807)`, `error: the result is outside the range of duration`,
		),
	}, overload{text: "minutes<T: number>(n: T) -> duration", kernel: durationsOf(timefmt.Minute)})
}
