package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnRadians() *Function {
	return define(sig.Function{
		Name: "radians", Group: groupMaths,
		Doc: "Converts degrees to radians.",
		Examples: examples(
			`radians(180)`, `3.141592653589793e0`,
			`radians(0)`, `0e0`,
		),
	}, overload{text: "radians<T: number>(x: T) -> double", kernel: kernel.MapDoubles(func(dst, src []float64) {
		for i, x := range src {
			dst[i] = x * (math.Pi / 180)
		}
	})})
}
