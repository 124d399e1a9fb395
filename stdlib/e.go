package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnE() *Function {
	return define(sig.Function{
		Name: "e", Group: groupMaths,
		Doc: "Gives the base of the natural logarithm.",
		Examples: examples(
			`e()`, `2.718281828459045e0`,
			`ln(e())`, `1e0`,
		),
	}, overload{text: "e() -> double", kernel: kernel.Map0(func() float64 { return math.E })})
}
