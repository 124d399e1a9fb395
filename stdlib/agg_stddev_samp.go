package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func aggStddevSamp() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "stddev_samp",
			Group: groupStatistics,
			Doc:   "The standard deviation of a sample (over n - 1).",
			Nulls: "nulls are skipped; with fewer than two rows the result is null",
			Examples: aggExamples(
				"stddev_samp(x)", "[1, 3, null]", "1.4142135623730951",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "stddev_samp(x: double) -> double?", new: newStddev(1)})
}
