package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggArgMin() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "arg_min",
			Group: groupAggregate,
			Doc:   "The value of x in the row where by is smallest; of equal rows the earliest.",
			Nulls: "rows where x or by is null are skipped; without rows the result is null",
			Examples: aggExamples(
				"arg_min(x, -x)", "[3, 9, 5]", "9",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "arg_min<T, B: ordered>(x: T, by: B) -> T", new: fold.ByOrder(false)})
}
