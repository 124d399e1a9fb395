package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func aggBitXor() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "bit_xor",
			Group: groupAggregate,
			Doc:   "The bits that an odd number of values has.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"bit_xor(x)", "[12, 10, null]", "6",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "bit_xor<T: integer>(x: T) -> T", new: newBits(xor, xor)})
}

func xor(a, b int64) int64 { return a ^ b }
