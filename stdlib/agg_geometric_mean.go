package stdlib

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

func aggGeometricMean() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "geometric_mean",
			Group: groupStatistics,
			Doc:   "The n-th root of the product of n numbers, for averaging ratios and growth. It is 0 with a zero among them and NaN with a negative number.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"geometric_mean(x)", "[1, 4]", "2.0",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "geometric_mean(x: double) -> double", new: newGeometricMean})
}

func newGeometricMean(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return &fold.States[doubleMean]{
		AddRows: func(means []doubleMean, c *kernel.AggCall) {
			fold.EachValue(means, c, 0, func(m *doubleMean, v float64) { m.sum.Add(math.Log(v)); m.n++ })
		},
		SubRows: func(means []doubleMean, c *kernel.AggCall) {
			fold.EachValue(means, c, 0, func(m *doubleMean, v float64) { m.sum.Sub(math.Log(v)); m.n-- })
		},
		Build: func(b *fold.Results[doubleMean]) arrow.Array {
			return fold.Column(b, result, func(_ int, m *doubleMean) (float64, bool) {
				if m.n == 0 {
					return 0, false
				}
				return math.Exp(m.sum.Mean(m.n)), true
			})
		},
		Save: func(w *wire.Writer, m *doubleMean) { w.Int(m.n); w.Buf = m.sum.AppendBinary(w.Buf) },
		Load: func(r *wire.Reader, m *doubleMean) { m.n = r.Int(); r.Rest(m.sum.Decode) },
	}
}
