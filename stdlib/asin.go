package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnAsin() *Function {
	return define(sig.Function{
		Name: "asin", Group: groupMaths,
		Doc: "Gives the angle in radians whose sine is x; NaN outside -1 to 1.",
		Examples: examples(
			`round(degrees(asin(0.5)), 12)`, `30e0`,
			`is_nan(asin(2))`, `true`,
		),
	}, toDouble("asin", math.Asin))
}
