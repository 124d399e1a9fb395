package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func aggStddevPop() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "stddev_pop",
			Group: groupStatistics,
			Doc:   "The standard deviation of a population (over n).",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"stddev_pop(x)", "[2, 4, 4, 4, 5, 5, 7, 9]", "2.0",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "stddev_pop(x: double) -> double", new: newStddev(0)})
}
