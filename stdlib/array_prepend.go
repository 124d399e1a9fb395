package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArrayPrepend() *Function {
	return define(sig.Function{
		Name: "array_prepend", Group: groupArray,
		Doc: "Puts an element before the others of an array.",
		Examples: examples(
			`array_prepend(0, [1, 2])`, `[0, 1, 2]`,
			`array_prepend("a", split("b", ","))`, `["a", "b"]`,
		),
	}, overload{text: "array_prepend<T>(x: T, xs: array<T>) -> array<T>", kernel: func(c *kernel.Call) arrow.Array {
		return joinElements(c, 0)
	}})
}
