package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggFirst() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "first",
			Group: groupAggregate,
			Doc:   "The value of the row with the smallest time; of rows with equal times the earliest.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"first(x)", "[null, 7, 8]", "7",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "first<T>(x: T) -> T", new: fold.ByTime(false)})
}
