package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnFloor() *Function {
	return define(sig.Function{
		Name: "floor", Group: groupMaths,
		Doc: "Gives the largest whole number that is not above a number.",
		Examples: examples(
			`floor(2.9)`, `2`,
			`floor(-2.1)`, `-3`,
			`floor(-2.1e0)`, `-3e0`,
			`floor(7)`, `7`,
		),
	}, integral("floor", down, func(dst, src []float64) {
		for i, x := range src {
			dst[i] = math.Floor(x)
		}
	}, func(dst, src []float32) {
		for i, x := range src {
			dst[i] = float32(math.Floor(float64(x)))
		}
	}))
}
