package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnBitwiseAnd() *Function {
	return define(sig.Function{
		Name: "bitwise_and", Group: groupMaths,
		Doc: "Keeps the bits that are set in both numbers.",
		Examples: examples(
			`bitwise_and(12, 10)`, `8`,
			`bitwise_and(-1, 255)`, `255`,
		),
	}, overload{text: "bitwise_and(a: long, b: long) -> long", kernel: kernel.Map2(func(a, b int64) int64 { return a & b })})
}
