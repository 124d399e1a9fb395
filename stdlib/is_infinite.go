package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnIsInfinite() *Function {
	return define(sig.Function{
		Name: "is_infinite", Group: groupMaths,
		Doc: "Tells whether a double is plus or minus infinity.",
		Examples: examples(
			`is_infinite(exp(1000))`, `true`,
			`is_infinite(1e300)`, `false`,
		),
	}, overload{text: "is_infinite(x: double) -> boolean", kernel: kernel.Map1(func(x float64) bool { return math.IsInf(x, 0) })})
}
