package stdlib

import (
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnContains() *Function {
	return define(sig.Function{
		Name: "contains", Group: groupText,
		Doc:   "Tells whether a text occurs in another, or an element in an array.",
		Nulls: "A null may be looked for in an array, and is found where the array has one.",
		Examples: examples(
			`contains("Helsinki", "sin")`, `true`,
			`contains("Helsinki", "Sin")`, `false`,
			`contains("Helsinki", "")`, `true`,
			`contains(["a", "b"], "b")`, `true`,
			`contains([1, 2, 3], 4)`, `false`,
		),
	},
		overload{text: "contains(s: string, part: string) -> boolean", kernel: kernel.Map2(strings.Contains)},
		overload{text: "contains<T>(xs: array<T>, x: T?) -> boolean", kernel: findElement(func(out *kernel.Column[bool], row int, at int) {
			out.Set(row, at >= 0)
		})},
	)
}
