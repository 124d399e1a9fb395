package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggLast() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "last",
			Group: groupAggregate,
			Doc:   "The value of the row with the largest time; of rows with equal times the latest.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"last(x)", "[7, 8, null]", "8",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "last<T>(x: T) -> T", new: fold.ByTime(true)})
}
