package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnLog2() *Function {
	return define(sig.Function{
		Name: "log2", Group: groupMaths,
		Doc: "Gives the logarithm to base 2.",
		Examples: examples(
			`log2(8)`, `3e0`,
			`log2(0.5)`, `-1e0`,
		),
	}, toDouble("log2", math.Log2))
}
