package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnTotalMinutes() *Function {
	return define(sig.Function{
		Name: "total_minutes", Group: groupTime,
		Doc: "Gives the length of a duration in minutes.",
		Examples: examples(
			`total_minutes(1h30m)`, `90e0`,
			`total_minutes(30s)`, `0.5e0`,
		),
	}, overload{text: "total_minutes(d: duration) -> double", kernel: kernel.Map1(func(d int64) float64 { return float64(d) / float64(timefmt.Minute) })})
}
