package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

func aggVariance() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "variance",
			Group: groupStatistics,
			Doc:   "The variance of a sample (over n - 1), from exact sums; the same as var_samp.",
			Nulls: "nulls are skipped; with fewer than two rows the result is null",
			Examples: aggExamples(
				"variance(x)", "[2, 4, 4, 4, 5, 5, 7, 9]", "4.571428571428571",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "variance(x: double) -> double?", new: newVariance(1)})
}

func newVariance(less int64) kernel.NewAggregator {
	return moments(2, func(m *fold.Moments) (float64, bool) { return m.Variance(less) })
}

// moments makes the aggregator of a number computed from sums of powers.
func moments(power int, result func(m *fold.Moments) (float64, bool)) kernel.NewAggregator {
	return func(_ []*types.Type, _ []any, t *types.Type) kernel.Aggregator {
		return &fold.States[fold.Moments]{
			AddRows: func(states []fold.Moments, c *kernel.AggCall) {
				fold.EachValue(states, c, 0, func(m *fold.Moments, v float64) { m.Add(v, power) })
			},
			SubRows: func(states []fold.Moments, c *kernel.AggCall) {
				fold.EachValue(states, c, 0, func(m *fold.Moments, v float64) { m.Sub(v, power) })
			},
			Build: func(b *fold.Results[fold.Moments]) arrow.Array {
				return fold.Column(b, t, func(_ int, m *fold.Moments) (float64, bool) { return result(m) })
			},
			Save: func(w *wire.Writer, m *fold.Moments) { m.Save(w) },
			Load: func(r *wire.Reader, m *fold.Moments) { m.Load(r) },
		}
	}
}
