package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggArgMax() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "arg_max",
			Group: groupAggregate,
			Doc:   "The value of x in the row where by is largest; of equal rows the earliest.",
			Nulls: "rows where x or by is null are skipped; without rows the result is null",
			Examples: aggExamples(
				"arg_max(x, -x)", "[3, 9, 5]", "3",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "arg_max<T, B: ordered>(x: T, by: B) -> T", new: fold.ByOrder(true)})
}
