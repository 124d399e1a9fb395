package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnTotalMilliseconds() *Function {
	return define(sig.Function{
		Name: "total_milliseconds", Group: groupTime,
		Doc: "Gives the length of a duration in thousandths of a second.",
		Examples: examples(
			`total_milliseconds(1s)`, `1000e0`,
			`total_milliseconds(1500us)`, `1.5e0`,
		),
	}, overload{text: "total_milliseconds(d: duration) -> double", kernel: kernel.Map1(func(d int64) float64 { return float64(d) / float64(1000) })})
}
