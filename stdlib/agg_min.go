package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggMin() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "min",
			Group: groupAggregate,
			Doc:   "The smallest value: numbers with NaN last, text by code point, enums by declaration.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"min(x)", "[3, 1, null]", "1",
				"min(x)", "[\"b\", \"a\"]", "\"a\"",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "min<T: ordered>(x: T) -> T", new: fold.Extreme(false)})
}
