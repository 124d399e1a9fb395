package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnTrunc() *Function {
	return define(sig.Function{
		Name: "trunc", Group: groupMaths,
		Doc: "Cuts off digits: those after the point, or those after as many as said (before it where negative).",
		Examples: examples(
			`trunc(2.9)`, `2`,
			`trunc(-2.9)`, `-2`,
			`trunc(-2.9e0)`, `-2e0`,
			`trunc(1.259, 2)`, `1.250`,
			`trunc(1.29e0, 2)`, `1.29e0`,
			`trunc(1999, -2)`, `1900`,
		),
	}, integral("trunc", toZero, func(dst, src []float64) {
		for i, x := range src {
			dst[i] = math.Trunc(x)
		}
	}, func(dst, src []float32) {
		for i, x := range src {
			dst[i] = float32(math.Trunc(float64(x)))
		}
	}), toDigits("trunc", toZero))
}
