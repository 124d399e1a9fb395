package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnTotalSeconds() *Function {
	return define(sig.Function{
		Name: "total_seconds", Group: groupTime,
		Doc: "Gives the length of a duration in seconds.",
		Examples: examples(
			`total_seconds(1m30s)`, `90e0`,
			`total_seconds(-250ms)`, `-0.25e0`,
		),
	}, overload{text: "total_seconds(d: duration) -> double", kernel: kernel.Map1(func(d int64) float64 { return float64(d) / float64(timefmt.Second) })})
}
