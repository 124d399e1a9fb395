package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnRound() *Function {
	return define(sig.Function{
		Name: "round", Group: groupMaths,
		Doc:     "Rounds half away from zero, to a whole number or to digits after the point (before it where negative). A double is rounded as it is written: 2.675 to two digits is 2.68.",
		Failure: "The result is outside the range of its type.",
		Examples: examples(
			`round(2.5)`, `3`,
			`round(-2.5)`, `-3`,
			`round(2.4e0)`, `2e0`,
			`round(1.255, 2)`, `1.260`,
			`round(2.675e0, 2)`, `2.68e0`,
			`round(1.005e0, 2)`, `1.01e0`,
			`round(0.285e0, 2)`, `0.29e0`,
			`round(1234, -2)`, `1200`,
			`round(1250, -2)`, `1300`,
			`round(-1250, -2)`, `-1300`,
			`round(9.99, 1)`, `10.00`,
			`round(9223372036854775807, -1)`, `error: the result is outside the range of long`,
		),
	}, integral("round", halfAway, func(dst, src []float64) {
		for i, x := range src {
			dst[i] = math.Round(x)
		}
	}, func(dst, src []float32) {
		for i, x := range src {
			dst[i] = float32(math.Round(float64(x)))
		}
	}), toDigits("round", halfAway))
}
