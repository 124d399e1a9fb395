package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggKurtosis() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "kurtosis",
			Group: groupStatistics,
			Doc:   "How heavy the tails of a sample are beyond those of a normal distribution, corrected for bias.",
			Nulls: "nulls are skipped; with fewer than four rows, or equal ones, the result is null",
			Examples: aggExamples(
				"kurtosis(x)", "[1, 2, 3, 4, 5]", "-1.2",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "kurtosis(x: double) -> double?", new: moments(4, (*fold.Moments).Kurtosis)})
}
