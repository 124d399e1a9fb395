package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
)

func fnDays() *Function {
	return define(sig.Function{
		Name: "days", Group: groupTime,
		Doc:     "Makes a duration of a number of times 24 hours, rounded to the microsecond.",
		Failure: "The duration is longer than about 292,000 years.",
		Examples: examples(
			`days(2)`, `48h`,
			`days(1.5)`, `36h`,
			`days(9223372036854775807)`, `error: the result is outside the range of duration`,
		),
	}, overload{text: "days<T: number>(n: T) -> duration", kernel: durationsOf(timefmt.Day)})
}
