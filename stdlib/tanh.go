package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnTanh() *Function {
	return define(sig.Function{
		Name: "tanh", Group: groupMaths,
		Doc: "Gives the hyperbolic tangent.",
		Examples: examples(
			`tanh(0)`, `0e0`,
			`round(tanh(1), 12)`, `0.761594155956e0`,
		),
	}, toDouble("tanh", math.Tanh))
}
