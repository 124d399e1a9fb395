package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnCbrt() *Function {
	return define(sig.Function{
		Name: "cbrt", Group: groupMaths,
		Doc: "Gives the cube root.",
		Examples: examples(
			`cbrt(27)`, `3e0`,
			`cbrt(-8)`, `-2e0`,
		),
	}, toDouble("cbrt", math.Cbrt))
}
