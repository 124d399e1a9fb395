package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func fnMilliseconds() *Function {
	return define(sig.Function{
		Name: "milliseconds", Group: groupTime,
		Doc:     "Makes a duration of a number of times a thousandth of a second, rounded to the microsecond.",
		Failure: "The duration is longer than about 292,000 years.",
		Examples: examples(
			`milliseconds(250)`, `250ms`,
			`milliseconds(1.5)`, `1500us`,
			`milliseconds(9223372036854775807)`, `error: the result is outside the range of duration`,
		),
	}, overload{text: "milliseconds<T: number>(n: T) -> duration", kernel: durationsOf(1000)})
}
