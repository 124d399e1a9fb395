package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

func aggStddev() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "stddev",
			Group: groupStatistics,
			Doc:   "The standard deviation of a sample (over n - 1); the same as stddev_samp.",
			Nulls: "nulls are skipped; with fewer than two rows the result is null",
			Examples: aggExamples(
				"stddev(x)", "[1, 3]", "1.4142135623730951",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "stddev(x: double) -> double?", new: newStddev(1)})
}

func newStddev(less int64) kernel.NewAggregator {
	return moments(2, func(m *fold.Moments) (float64, bool) {
		v, ok := m.Variance(less)
		return math.Sqrt(v), ok
	})
}
