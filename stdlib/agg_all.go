package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func aggAll() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "all",
			Group: groupAggregate,
			Doc:   "Whether a condition is true in every row.",
			Nulls: "nulls are skipped; without rows the result is true",
			Examples: aggExamples(
				"all(x)", "[false, true, null]", "false",
				"all(x)", "[true, true]", "true",
			),
		},
		Retracts: true,
	},
		aggOverload{text: "all(x: boolean) -> boolean", new: newTruths(func(t truths) bool { return t.no == 0 })})
}
