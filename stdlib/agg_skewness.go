package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
)

func aggSkewness() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "skewness",
			Group: groupStatistics,
			Doc:   "How lopsided a sample is, corrected for bias: positive with a long tail of large values.",
			Nulls: "nulls are skipped; with fewer than three rows, or equal ones, the result is null",
			Examples: aggExamples(
				"skewness(x)", "[1, 2, 3]", "0.0",
				"skewness(x)", "[1, 1, 4]", "1.7320508075688772",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "skewness(x: double) -> double?", new: moments(3, (*fold.Moments).Skewness)})
}
