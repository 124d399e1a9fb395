package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnShiftRight() *Function {
	return define(sig.Function{
		Name: "shift_right", Group: groupMaths,
		Doc:     "Moves the bits of a number down by n places and keeps its sign.",
		Failure: "n is not between 0 and 63.",
		Examples: examples(
			`shift_right(1024, 10)`, `1`,
			`shift_right(-8, 1)`, `-4`,
			`shift_right(1, -1)`, `error: -1 places are not between 0 and 63`,
		),
	}, overload{text: "shift_right(x: long, n: long) -> long", kernel: kernel.MapErr2(func(x, n int64) (int64, error) {
		return x >> (n & 63), checkShift(n)
	})})
}
