package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnGcd() *Function {
	return define(sig.Function{
		Name: "gcd", Group: groupMaths,
		Doc:     "Gives the greatest common divisor, never negative; that of 0 and 0 is 0.",
		Failure: "The result is outside the range of long.",
		Examples: examples(
			`gcd(12, 18)`, `6`,
			`gcd(-12, 18)`, `6`,
			`gcd(0, 5)`, `5`,
			`gcd(0, 0)`, `0`,
		),
	}, overload{text: "gcd(a: long, b: long) -> long", kernel: kernel.MapErr2(gcd)})
}

func gcd(a, b int64) (int64, error) {
	for b != 0 {
		if b == -1 { // the smallest long leaves no remainder, but cannot be divided by -1
			return 1, nil
		}
		a, b = b, a%b
	}
	if a == math.MinInt64 {
		return 0, errOutside("long")
	}
	return max(a, -a), nil
}
