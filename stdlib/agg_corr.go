package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

func aggCorr() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "corr",
			Group: groupStatistics,
			Doc:   "Pearson's correlation of two columns, between -1 and 1.",
			Nulls: "rows where either is null are skipped; without rows, or where one does not vary, the result is null",
			Examples: aggExamples(
				"corr(x, 3 * x)", "[1, 2, 4]", "1.0",
				"corr(x, -x)", "[1, 2, 4]", "-1.0",
			),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "corr(y: double, x: double) -> double?", new: fits(fold.Fit.Correlation)})
}

// fits makes the aggregator of a number computed from sums over pairs (y, x).
func fits(result func(f fold.Fit) (float64, bool)) kernel.NewAggregator {
	return func(_ []*types.Type, _ []any, t *types.Type) kernel.Aggregator {
		each := func(states []fold.Pairs, c *kernel.AggCall, f func(p *fold.Pairs, x, y float64)) {
			y, x := kernel.Reader[float64](c.Args[0]), kernel.Reader[float64](c.Args[1])
			c.Each(func(row int) { f(&states[c.Groups[row]], x(row), y(row)) })
		}
		return &fold.States[fold.Pairs]{
			AddRows: func(states []fold.Pairs, c *kernel.AggCall) { each(states, c, (*fold.Pairs).Add) },
			SubRows: func(states []fold.Pairs, c *kernel.AggCall) { each(states, c, (*fold.Pairs).Sub) },
			Build: func(b *fold.Results[fold.Pairs]) arrow.Array {
				return fold.Column(b, t, func(_ int, p *fold.Pairs) (float64, bool) {
					f, ok := p.Fit()
					if !ok {
						return 0, false
					}
					return result(f)
				})
			},
			Save: func(w *wire.Writer, p *fold.Pairs) { p.Save(w) },
			Load: func(r *wire.Reader, p *fold.Pairs) { p.Load(r) },
		}
	}
}
