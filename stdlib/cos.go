package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnCos() *Function {
	return define(sig.Function{
		Name: "cos", Group: groupMaths,
		Doc: "Gives the cosine of an angle in radians.",
		Examples: examples(
			`cos(0)`, `1e0`,
			`round(cos(radians(60)), 12)`, `0.5e0`,
		),
	}, toDouble("cos", math.Cos))
}
