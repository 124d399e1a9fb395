package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnPi() *Function {
	return define(sig.Function{
		Name: "pi", Group: groupMaths,
		Doc: "Gives the ratio of a circle's circumference to its diameter.",
		Examples: examples(
			`pi()`, `3.141592653589793e0`,
			`round(2 * pi(), 6)`, `6.283185e0`,
		),
	}, overload{text: "pi() -> double", kernel: kernel.Map0(func() float64 { return math.Pi })})
}
