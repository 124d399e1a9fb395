package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnAtan() *Function {
	return define(sig.Function{
		Name: "atan", Group: groupMaths,
		Doc: "Gives the angle in radians whose tangent is x.",
		Examples: examples(
			`atan(0)`, `0e0`,
			`degrees(atan(1))`, `45e0`,
		),
	}, toDouble("atan", math.Atan))
}
