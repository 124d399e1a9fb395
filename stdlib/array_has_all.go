package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArrayHasAll() *Function {
	return define(sig.Function{
		Name: "array_has_all", Group: groupArray,
		Doc: "Tells whether an array has every element of another.",
		Examples: examples(
			`array_has_all([1, 2, 3], [3, 1])`, `true`,
			`array_has_all([1, 2], [2, 3])`, `false`,
			`array_has_all([1, 2], range(0))`, `true`,
		),
	}, overload{text: "array_has_all<T>(xs: array<T>, ys: array<T>) -> boolean", kernel: func(c *kernel.Call) arrow.Array {
		return lookUpElements(c, func(found, wanted int) bool { return found == wanted })
	}})
}
