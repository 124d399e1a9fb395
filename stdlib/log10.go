package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnLog10() *Function {
	return define(sig.Function{
		Name: "log10", Group: groupMaths,
		Doc: "Gives the logarithm to base 10.",
		Examples: examples(
			`log10(1000)`, `3e0`,
			`log10(0.01)`, `-2e0`,
		),
	}, toDouble("log10", math.Log10))
}
