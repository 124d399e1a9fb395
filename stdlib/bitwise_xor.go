package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnBitwiseXor() *Function {
	return define(sig.Function{
		Name: "bitwise_xor", Group: groupMaths,
		Doc: "Sets the bits in which the numbers differ.",
		Examples: examples(
			`bitwise_xor(12, 10)`, `6`,
			`bitwise_xor(5, 5)`, `0`,
		),
	}, overload{text: "bitwise_xor(a: long, b: long) -> long", kernel: kernel.Map2(func(a, b int64) int64 { return a ^ b })})
}
