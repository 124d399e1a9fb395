package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggMax() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "max",
			Group: groupAggregate,
			Doc:   "The largest value: numbers with NaN last, text by code point, enums by declaration.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"max(x)", "[3, 1, null]", "3",
				"max(x)", "[\"b\", \"a\"]", "\"b\"",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "max<T: ordered>(x: T) -> T", new: fold.Extreme(true)})
}
