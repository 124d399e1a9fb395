package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnCeil() *Function {
	return define(sig.Function{
		Name: "ceil", Group: groupMaths,
		Doc: "Gives the smallest whole number that is not below a number.",
		Examples: examples(
			`ceil(2.1)`, `3`,
			`ceil(-2.9)`, `-2`,
			`ceil(2.1e0)`, `3e0`,
			`ceil(7)`, `7`,
		),
	}, integral("ceil", up, func(dst, src []float64) {
		for i, x := range src {
			dst[i] = math.Ceil(x)
		}
	}, func(dst, src []float32) {
		for i, x := range src {
			dst[i] = float32(math.Ceil(float64(x)))
		}
	}))
}
