package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnTotalHours() *Function {
	return define(sig.Function{
		Name: "total_hours", Group: groupTime,
		Doc: "Gives the length of a duration in hours.",
		Examples: examples(
			`total_hours(1d)`, `24e0`,
			`total_hours(30m)`, `0.5e0`,
		),
	}, overload{text: "total_hours(d: duration) -> double", kernel: kernel.Map1(func(d int64) float64 { return float64(d) / float64(timefmt.Hour) })})
}
