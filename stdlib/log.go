package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnLog() *Function {
	return define(sig.Function{
		Name: "log", Group: groupMaths,
		Doc: "Gives the logarithm of x to a base.",
		Examples: examples(
			`log(2, 1024)`, `10e0`,
			`round(log(3, 81), 12)`, `4e0`,
		),
	}, overload{text: "log<B: number, T: number>(base: B, x: T) -> double", kernel: kernel.MapDoubles2(func(base, x float64) float64 {
		switch base {
		case 2:
			return math.Log2(x)
		case 10:
			return math.Log10(x)
		}
		return math.Log(x) / math.Log(base)
	})})
}
