package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnSinh() *Function {
	return define(sig.Function{
		Name: "sinh", Group: groupMaths,
		Doc: "Gives the hyperbolic sine.",
		Examples: examples(
			`sinh(0)`, `0e0`,
			`round(sinh(1), 12)`, `1.175201193644e0`,
		),
	}, toDouble("sinh", math.Sinh))
}
