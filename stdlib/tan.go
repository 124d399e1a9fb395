package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnTan() *Function {
	return define(sig.Function{
		Name: "tan", Group: groupMaths,
		Doc: "Gives the tangent of an angle in radians.",
		Examples: examples(
			`tan(0)`, `0e0`,
			`round(tan(radians(45)), 12)`, `1e0`,
		),
	}, toDouble("tan", math.Tan))
}
