package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

func aggApproxQuantile() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "approx_quantile",
			Group: groupStatistics,
			Doc:   "The value below which a fraction q of the values lies, off by less than 0.8 % of itself, with state that grows with the range of the values and not with their number. It does not depend on the order of the rows.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"approx_quantile(x, 0.5)", "[1, 2, 3, 4]", "2.5",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "approx_quantile(x: double, q: const double) -> double", new: newApproxQuantile})
}

func newApproxQuantile(_ []*types.Type, consts []any, result *types.Type) kernel.Aggregator {
	q, _ := consts[1].(float64)
	return &fold.States[fold.Buckets]{
		AddRows: func(states []fold.Buckets, c *kernel.AggCall) {
			fold.EachValue(states, c, 0, func(s *fold.Buckets, v float64) { s.Add(v, 1) })
		},
		SubRows: func(states []fold.Buckets, c *kernel.AggCall) {
			fold.EachValue(states, c, 0, func(s *fold.Buckets, v float64) { s.Add(v, -1) })
		},
		Build: func(b *fold.Results[fold.Buckets]) arrow.Array {
			return fold.Column(b, result, func(i int, s *fold.Buckets) (float64, bool) {
				if !isFraction(q, i, b.Fail) {
					return 0, false
				}
				return s.Quantile(q)
			})
		},
		Save: func(w *wire.Writer, s *fold.Buckets) { s.Save(w) },
		Load: func(r *wire.Reader, s *fold.Buckets) { s.Load(r) },
	}
}
