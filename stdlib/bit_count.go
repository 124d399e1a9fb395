package stdlib

import (
	"math/bits"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnBitCount() *Function {
	return define(sig.Function{
		Name: "bit_count", Group: groupMaths,
		Doc: "Counts the bits that are set in a whole number of 64 bits.",
		Examples: examples(
			`bit_count(7)`, `3`,
			`bit_count(0)`, `0`,
			`bit_count(-1)`, `64`,
		),
	}, overload{text: "bit_count(x: long) -> int", kernel: kernel.Map1(func(x int64) int32 { return int32(bits.OnesCount64(uint64(x))) })})
}
