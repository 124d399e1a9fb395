package stdlib

import (
	"fmt"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnShiftLeft() *Function {
	return define(sig.Function{
		Name: "shift_left", Group: groupMaths,
		Doc:     "Moves the bits of a number up by n places; those moved out are lost.",
		Failure: "n is not between 0 and 63.",
		Examples: examples(
			`shift_left(1, 10)`, `1024`,
			`shift_left(5, 0)`, `5`,
			`shift_left(1, 64)`, `error: 64 places are not between 0 and 63`,
		),
	}, overload{text: "shift_left(x: long, n: long) -> long", kernel: kernel.MapErr2(func(x, n int64) (int64, error) {
		return x << (n & 63), checkShift(n)
	})})
}

func checkShift(n int64) error {
	if n < 0 || n > 63 {
		return fmt.Errorf("%d places are not between 0 and 63", n)
	}
	return nil
}
