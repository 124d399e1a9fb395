package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

func aggAny() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "any",
			Group: groupAggregate,
			Doc:   "Whether a condition is true in any row.",
			Nulls: "nulls are skipped; without rows the result is false",
			Examples: aggExamples(
				"any(x)", "[false, true, null]", "true",
			),
		},
		Retracts: true,
	},
		aggOverload{text: "any(x: boolean) -> boolean", new: newTruths(func(t truths) bool { return t.yes > 0 })})
}

// truths counts how often a condition held and did not.
type truths struct{ yes, no int64 }

func newTruths(result func(t truths) bool) kernel.NewAggregator {
	return func([]*types.Type, []any, *types.Type) kernel.Aggregator {
		each := func(states []truths, c *kernel.AggCall, by int64) {
			holds := kernel.Reader[bool](c.Args[0])
			c.Each(func(row int) {
				if s := &states[c.Groups[row]]; holds(row) {
					s.yes += by
				} else {
					s.no += by
				}
			})
		}
		return &fold.States[truths]{
			AddRows: func(states []truths, c *kernel.AggCall) { each(states, c, 1) },
			SubRows: func(states []truths, c *kernel.AggCall) { each(states, c, -1) },
			Build: func(b *fold.Results[truths]) arrow.Array {
				return fold.Value(b, types.TBoolean, func(_ int, s *truths) bool { return result(*s) })
			},
			Save: func(w *wire.Writer, s *truths) { w.Int(s.yes); w.Int(s.no) },
			Load: func(r *wire.Reader, s *truths) { s.yes, s.no = r.Int(), r.Int() },
		}
	}
}
