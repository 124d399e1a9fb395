package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func aggBitOr() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "bit_or",
			Group: groupAggregate,
			Doc:   "The bits that any value has.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"bit_or(x)", "[12, 10, null]", "14",
			),
		},
		EmptyNull: true,
	},
		aggOverload{text: "bit_or<T: integer>(x: T) -> T", new: newBits(func(a, b int64) int64 { return a | b }, nil)})
}
