package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func fnArrayMax() *Function {
	return define(sig.Function{
		Name: "array_max", Group: groupArray,
		Doc: "Gives the largest element of an array; null when there is none. Nulls are left out.",
		Examples: examples(
			`array_max([3, 1, 2])`, `3`,
			`array_max([@2026-01-31, @2026-02-01])`, `@2026-02-01`,
			`array_max(range(0))`, `null`,
		),
	}, overload{text: "array_max<T: ordered>(xs: array<T>) -> T?", kernel: extremeElement(1)})
}
