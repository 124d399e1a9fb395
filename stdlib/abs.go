package stdlib

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnAbs() *Function {
	return define(sig.Function{
		Name: "abs", Group: groupMaths,
		Doc:     "Gives a number without its sign.",
		Failure: "The smallest int or long has no counterpart.",
		Examples: examples(
			`abs(-5)`, `5`,
			`abs(-1.50)`, `1.50`,
			`abs(-2.5e0)`, `2.5e0`,
			`abs(-9223372036854775807 - 1)`, `error: the result is outside the range of long`,
		),
	}, overload{text: "abs<T: number>(x: T) -> T", kernel: numeric{
		ints: kernel.MapErr1(func(x int32) (int32, error) {
			if x == math.MinInt32 {
				return 0, errOutside("int")
			}
			return max(x, -x), nil
		}),
		longs: kernel.MapErr1(func(x int64) (int64, error) {
			if x == math.MinInt64 {
				return 0, errOutside("long")
			}
			return max(x, -x), nil
		}),
		floats: kernel.MapSlice(func(dst, src []float32) {
			for i, x := range src {
				dst[i] = float32(math.Abs(float64(x)))
			}
		}),
		doubles: kernel.MapSlice(func(dst, src []float64) {
			for i, x := range src {
				dst[i] = math.Abs(x)
			}
		}),
		decimals: kernel.Map1(decimal128.Num.Abs),
	}.kernel})
}
