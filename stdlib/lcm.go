package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnLcm() *Function {
	return define(sig.Function{
		Name: "lcm", Group: groupMaths,
		Doc:     "Gives the least common multiple, never negative; 0 when a number is 0.",
		Failure: "The result is outside the range of long.",
		Examples: examples(
			`lcm(4, 6)`, `12`,
			`lcm(-3, 5)`, `15`,
			`lcm(0, 5)`, `0`,
			`lcm(9223372036854775807, 2)`, `error: the result is outside the range of long`,
		),
	}, overload{text: "lcm(a: long, b: long) -> long", kernel: kernel.MapErr2(func(a, b int64) (int64, error) {
		if a == 0 || b == 0 {
			return 0, nil
		}
		d, err := gcd(a, b)
		if err != nil {
			return 0, err
		}
		n, ok := mulLong(a/d, b)
		if !ok || n == math.MinInt64 {
			return 0, errOutside("long")
		}
		return max(n, -n), nil
	})})
}
