package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnHypot() *Function {
	return define(sig.Function{
		Name: "hypot", Group: groupMaths,
		Doc: "Gives the length of the longest side of a right triangle with sides a and b.",
		Examples: examples(
			`hypot(3, 4)`, `5e0`,
			`hypot(5, 12)`, `13e0`,
		),
	}, overload{text: "hypot<A: number, B: number>(a: A, b: B) -> double", kernel: kernel.MapDoubles2(math.Hypot)})
}
