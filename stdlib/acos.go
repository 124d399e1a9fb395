package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnAcos() *Function {
	return define(sig.Function{
		Name: "acos", Group: groupMaths,
		Doc: "Gives the angle in radians whose cosine is x; NaN outside -1 to 1.",
		Examples: examples(
			`acos(1)`, `0e0`,
			`round(degrees(acos(0.5)), 12)`, `60e0`,
		),
	}, toDouble("acos", math.Acos))
}
