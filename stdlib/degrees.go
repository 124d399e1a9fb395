package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnDegrees() *Function {
	return define(sig.Function{
		Name: "degrees", Group: groupMaths,
		Doc: "Converts radians to degrees.",
		Examples: examples(
			`degrees(pi())`, `180e0`,
			`degrees(0)`, `0e0`,
		),
	}, overload{text: "degrees<T: number>(x: T) -> double", kernel: kernel.MapDoubles(func(dst, src []float64) {
		for i, x := range src {
			dst[i] = x * (180 / math.Pi)
		}
	})})
}
