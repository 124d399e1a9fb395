package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnTotalDays() *Function {
	return define(sig.Function{
		Name: "total_days", Group: groupTime,
		Doc: "Gives the length of a duration in times 24 hours.",
		Examples: examples(
			`total_days(36h)`, `1.5e0`,
			`total_days(2w)`, `14e0`,
		),
	}, overload{text: "total_days(d: duration) -> double", kernel: kernel.Map1(func(d int64) float64 { return float64(d) / float64(timefmt.Day) })})
}
