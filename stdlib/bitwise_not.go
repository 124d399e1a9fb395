package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnBitwiseNot() *Function {
	return define(sig.Function{
		Name: "bitwise_not", Group: groupMaths,
		Doc: "Turns every bit of a number around.",
		Examples: examples(
			`bitwise_not(0)`, `-1`,
			`bitwise_not(5)`, `-6`,
		),
	}, overload{text: "bitwise_not(x: long) -> long", kernel: kernel.Map1(func(x int64) int64 { return ^x })})
}
