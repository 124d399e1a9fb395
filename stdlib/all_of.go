package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

// The function is named all; all.go is the list of functions.
func fnAll() *Function {
	return define(sig.Function{
		Name: "all", Group: groupArray,
		Doc:     "Tells whether a test holds for every element of an array; true for an empty one.",
		Failure: "The test fails for an element.",
		Examples: examples(
			`all([1, 2, 3], x => x > 0)`, `true`,
			`all([1, 2, 3], x => x > 1)`, `false`,
			`all(range(0), x => x > 0)`, `true`,
		),
	}, overload{text: "all<T>(xs: array<T>, test: fn(T) -> boolean) -> boolean", kernel: testAll(false)})
}
