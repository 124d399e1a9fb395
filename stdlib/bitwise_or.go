package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnBitwiseOr() *Function {
	return define(sig.Function{
		Name: "bitwise_or", Group: groupMaths,
		Doc: "Sets the bits that are set in either number.",
		Examples: examples(
			`bitwise_or(12, 10)`, `14`,
			`bitwise_or(0, 5)`, `5`,
		),
	}, overload{text: "bitwise_or(a: long, b: long) -> long", kernel: kernel.Map2(func(a, b int64) int64 { return a | b })})
}
