package stdlib

import (
	"fmt"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFactorial() *Function {
	return define(sig.Function{
		Name: "factorial", Group: groupMaths,
		Doc:     "Multiplies the whole numbers from 1 to n.",
		Failure: "n is negative or above 20.",
		Examples: examples(
			`factorial(5)`, `120`,
			`factorial(0)`, `1`,
			`factorial(20)`, `2432902008176640000`,
			`factorial(21)`, `error: the result is outside the range of long`,
		),
	}, overload{text: "factorial(n: long) -> long", kernel: kernel.MapErr1(func(n int64) (int64, error) {
		if n < 0 {
			return 0, fmt.Errorf("%d has no factorial", n)
		}
		if n > 20 {
			return 0, errOutside("long")
		}
		product := int64(1)
		for k := int64(2); k <= n; k++ {
			product *= k
		}
		return product, nil
	})})
}
