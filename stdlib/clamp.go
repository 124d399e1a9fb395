package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnClamp() *Function {
	return define(sig.Function{
		Name: "clamp", Group: groupMaths,
		Doc: "Gives a value, or the bound it lies beyond. Where the bounds cross, the lower one wins.",
		Examples: examples(
			`clamp(12, 0, 10)`, `10`,
			`clamp(-1, 0, 10)`, `0`,
			`clamp(7, 0, 10)`, `7`,
			`clamp(5, 10, 0)`, `10`,
		),
	}, overload{text: "clamp<T: ordered>(x: T, lo: T, hi: T) -> T", kernel: func(c *kernel.Call) arrow.Array {
		compare := comparers(c)
		return pick(c, func(row int) int {
			switch {
			case compare(row, 0, 1) < 0:
				return 1
			case compare(row, 0, 2) <= 0:
				return 0
			case compare(row, 1, 2) > 0:
				return 1
			}
			return 2
		})
	}})
}
