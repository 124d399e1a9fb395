package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArrayCat() *Function {
	return define(sig.Function{
		Name: "array_cat", Group: groupArray,
		Doc: "Writes arrays one after the other.",
		Examples: examples(
			`array_cat([1, 2], [3])`, `[1, 2, 3]`,
			`array_cat(["a"], ["b"], ["c"])`, `["a", "b", "c"]`,
		),
	}, overload{text: "array_cat<T>(arrays: array<T>...) -> array<T>", kernel: func(c *kernel.Call) arrow.Array {
		return joinElements(c, -1)
	}})
}
