package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnIsFinite() *Function {
	return define(sig.Function{
		Name: "is_finite", Group: groupMaths,
		Doc: "Tells whether a double is neither infinite nor NaN.",
		Examples: examples(
			`is_finite(1e300)`, `true`,
			`is_finite(exp(1000))`, `false`,
			`is_finite(sqrt(-1))`, `false`,
		),
	}, overload{text: "is_finite(x: double) -> boolean", kernel: kernel.Map1(func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) })})
}
