package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnIsLeapYear() *Function {
	return define(sig.Function{
		Name: "is_leap_year", Group: groupTime,
		Doc: "Tells whether a year has 366 days.",
		Examples: examples(
			`is_leap_year(2024)`, `true`,
			`is_leap_year(1900)`, `false`,
			`is_leap_year(2000)`, `true`,
		),
	}, overload{text: "is_leap_year(year: int) -> boolean", kernel: kernel.Map1(func(year int32) bool { return timefmt.IsLeap(int(year)) })})
}
