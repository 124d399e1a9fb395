package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnSeconds() *Function {
	return define(sig.Function{
		Name: "seconds", Group: groupTime,
		Doc:     "Makes a duration of a number of times a second, rounded to the microsecond.",
		Failure: "The duration is longer than about 292,000 years.",
		Examples: examples(
			`seconds(90)`, `1m30s`,
			`seconds(0.25)`, `250ms`,
			`seconds(9223372036854775807)`, `error: the result is outside the range of duration`,
		),
	}, overload{text: "seconds<T: number>(n: T) -> duration", kernel: durationsOf(timefmt.Second)})
}
