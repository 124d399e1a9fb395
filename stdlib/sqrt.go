package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnSqrt() *Function {
	return define(sig.Function{
		Name: "sqrt", Group: groupMaths,
		Doc: "Gives the square root; NaN for a number below zero.",
		Examples: examples(
			`sqrt(9)`, `3e0`,
			`sqrt(2)`, `1.4142135623730951e0`,
			`sqrt(2.25)`, `1.5e0`,
			`is_nan(sqrt(-1))`, `true`,
		),
	}, overload{text: "sqrt<T: number>(x: T) -> double", kernel: kernel.MapDoubles(func(dst, src []float64) {
		for i, x := range src {
			dst[i] = math.Sqrt(x)
		}
	})})
}
