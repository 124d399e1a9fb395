package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnPow() *Function {
	return define(sig.Function{
		Name: "pow", Group: groupMaths,
		Doc: "Raises a number to a power.",
		Examples: examples(
			`pow(2, 10)`, `1024e0`,
			`pow(2, -1)`, `0.5e0`,
			`pow(9, 0.5)`, `3e0`,
		),
	}, overload{text: "pow<T: number, P: number>(x: T, power: P) -> double", kernel: kernel.MapDoubles2(math.Pow)})
}
