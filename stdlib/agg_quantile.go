package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

func aggQuantile() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "quantile",
			Group: groupStatistics,
			Doc:   "The value below which a fraction q of the values lies, interpolated between the two nearest, as percentile_cont of SQL. NaN counts as larger than all numbers.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"quantile(x, 0.25)", "[10, 20, 30, 40]", "17.5",
				"quantile(x, 0.5)", "[3, 1, null]", "2.0",
			),
		},
		EmptyNull: true,
		Retracts:  true,
		Growing:   "quantile keeps all values of a group; approx_quantile does not",
	},
		aggOverload{text: "quantile(x: double, q: const double) -> double", new: newQuantile})
}

func newQuantile(_ []*types.Type, consts []any, result *types.Type) kernel.Aggregator {
	q, _ := consts[1].(float64)
	return exactQuantile(q, result)
}

// exactQuantile keeps all numbers and gives their quantile.
func exactQuantile(q float64, result *types.Type) kernel.Aggregator {
	return &fold.States[fold.Numbers]{
		AddRows: func(states []fold.Numbers, c *kernel.AggCall) {
			fold.EachValue(states, c, 0, func(s *fold.Numbers, v float64) { s.In = append(s.In, v) })
		},
		SubRows: func(states []fold.Numbers, c *kernel.AggCall) {
			fold.EachValue(states, c, 0, func(s *fold.Numbers, v float64) { s.Out = append(s.Out, v) })
		},
		Build: func(b *fold.Results[fold.Numbers]) arrow.Array {
			return fold.Column(b, result, func(i int, s *fold.Numbers) (float64, bool) {
				if !isFraction(q, i, b.Fail) {
					return 0, false
				}
				return s.Quantile(q)
			})
		},
		Save: func(w *wire.Writer, s *fold.Numbers) { s.Save(w) },
		Load: func(r *wire.Reader, s *fold.Numbers) { s.Load(r) },
	}
}

// isFraction fails a result whose q is no fraction.
func isFraction(q float64, i int, fail func(i int, reason string)) bool {
	if q >= 0 && q <= 1 {
		return true
	}
	fail(i, "the q of a quantile lies between 0 and 1")
	return false
}
