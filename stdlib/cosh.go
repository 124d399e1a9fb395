package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnCosh() *Function {
	return define(sig.Function{
		Name: "cosh", Group: groupMaths,
		Doc: "Gives the hyperbolic cosine.",
		Examples: examples(
			`cosh(0)`, `1e0`,
			`round(cosh(1), 12)`, `1.543080634815e0`,
		),
	}, toDouble("cosh", math.Cosh))
}
