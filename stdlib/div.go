package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnDiv() *Function {
	return define(sig.Function{
		Name: "div", Group: groupMaths,
		Doc:     "Divides whole numbers and cuts the quotient toward zero.",
		Failure: "The divisor is 0, or the quotient is outside the range of the type.",
		Examples: examples(
			`div(7, 2)`, `3`,
			`div(-7, 2)`, `-3`,
			`div(7, -2)`, `-3`,
			`div(1, 0)`, `error: division by zero`,
		),
	}, overload{text: "div<T: integer>(a: T, b: T) -> T", kernel: numeric{
		ints: kernel.MapErr2(func(a, b int32) (int32, error) {
			switch {
			case b == 0:
				return 0, errDivideByZero
			case a == math.MinInt32 && b == -1:
				return 0, errOutside("int")
			}
			return a / b, nil
		}),
		longs: kernel.MapErr2(func(a, b int64) (int64, error) {
			switch {
			case b == 0:
				return 0, errDivideByZero
			case a == math.MinInt64 && b == -1:
				return 0, errOutside("long")
			}
			return a / b, nil
		}),
	}.kernel})
}
