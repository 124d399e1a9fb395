package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnLn() *Function {
	return define(sig.Function{
		Name: "ln", Group: groupMaths,
		Doc: "Gives the natural logarithm; minus infinity for 0, NaN below it.",
		Examples: examples(
			`ln(1)`, `0e0`,
			`round(ln(10), 12)`, `2.302585092994e0`,
			`is_infinite(ln(0))`, `true`,
		),
	}, toDouble("ln", math.Log))
}
