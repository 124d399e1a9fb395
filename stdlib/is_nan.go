package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnIsNaN() *Function {
	return define(sig.Function{
		Name: "is_nan", Group: groupMaths,
		Doc: "Tells whether a double is not a number.",
		Examples: examples(
			`is_nan(sqrt(-1))`, `true`,
			`is_nan(1e0)`, `false`,
		),
	}, overload{text: "is_nan(x: double) -> boolean", kernel: kernel.Map1(math.IsNaN)})
}
