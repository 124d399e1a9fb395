package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/reprosum"
	"github.com/edynamic/edynamic/vm/wire"
)

func aggWeightedAvg() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "weighted_avg",
			Group: groupStatistics,
			Doc:   "The mean of x where each row counts as much as its weight: sum(x * w) / sum(w), from exact sums.",
			Nulls: "rows where either is null are skipped; where the weights add up to 0 the result is null",
			Examples: aggExamples(
				"weighted_avg(x, x)", "[1, 3]", "2.5",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "weighted_avg(x: double, w: double) -> double?", new: newWeightedAvg})
}

type weighted struct{ products, weights reprosum.Sum }

func newWeightedAvg(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return &fold.States[weighted]{
		AddRows: func(states []weighted, c *kernel.AggCall) {
			x, w := kernel.Reader[float64](c.Args[0]), kernel.Reader[float64](c.Args[1])
			c.Each(func(row int) {
				s := &states[c.Groups[row]]
				s.products.AddProduct(x(row), w(row))
				s.weights.Add(w(row))
			})
		},
		SubRows: func(states []weighted, c *kernel.AggCall) {
			x, w := kernel.Reader[float64](c.Args[0]), kernel.Reader[float64](c.Args[1])
			c.Each(func(row int) {
				s := &states[c.Groups[row]]
				s.products.SubProduct(x(row), w(row))
				s.weights.Sub(w(row))
			})
		},
		Build: func(b *fold.Results[weighted]) arrow.Array {
			return fold.Column(b, result, func(_ int, s *weighted) (float64, bool) {
				w := s.weights.Value()
				return s.products.Value() / w, w != 0
			})
		},
		Save: func(w *wire.Writer, s *weighted) { w.Buf = s.weights.AppendBinary(s.products.AppendBinary(w.Buf)) },
		Load: func(r *wire.Reader, s *weighted) {
			r.Rest(s.products.Decode)
			r.Rest(s.weights.Decode)
		},
	}
}
