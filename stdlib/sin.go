package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnSin() *Function {
	return define(sig.Function{
		Name: "sin", Group: groupMaths,
		Doc: "Gives the sine of an angle in radians.",
		Examples: examples(
			`sin(0)`, `0e0`,
			`round(sin(radians(30)), 12)`, `0.5e0`,
		),
	}, toDouble("sin", math.Sin))
}
