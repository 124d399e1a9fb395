package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseTimeOfDay() *Function {
	return define(sig.Function{
		Name: "parse_time_of_day", Group: groupTime,
		Doc:     "Reads a time of day, as HH:mm or HH:mm:ss with a fraction.",
		Failure: "The text is not a time of day.",
		Examples: examples(
			`parse_time_of_day("08:30")`, `@08:30`,
			`parse_time_of_day("23:59:59.5")`, `@23:59:59.5`,
			`parse_time_of_day("24:00")`, `error: "24:00" is not a time of day such as 08:30:00`,
		),
	}, overload{text: "parse_time_of_day(s: string) -> time!", kernel: kernel.MapErr1(timefmt.ParseTime)})
}
