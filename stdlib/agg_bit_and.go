package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

func aggBitAnd() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "bit_and",
			Group: groupAggregate,
			Doc:   "The bits that all values have.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"bit_and(x)", "[12, 10, null]", "8",
			),
		},
		EmptyNull: true,
	},
		aggOverload{text: "bit_and<T: integer>(x: T) -> T", new: newBits(func(a, b int64) int64 { return a & b }, nil)})
}

// bitsOf is the bits of a group; n tells whether there are rows.
type bitsOf struct{ bits, n int64 }

// newBits combines whole numbers; undo takes one back, nil where that is impossible.
func newBits(combine, undo func(a, b int64) int64) kernel.NewAggregator {
	return func(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
		each := func(states []bitsOf, c *kernel.AggCall, f func(a, b int64) int64, by int64) {
			read := kernel.Longs(c.Args[0])
			c.Each(func(row int) {
				s := &states[c.Groups[row]]
				if s.n == 0 {
					s.bits = read(row)
				} else {
					s.bits = f(s.bits, read(row))
				}
				s.n += by
			})
		}
		return &fold.States[bitsOf]{
			AddRows: func(states []bitsOf, c *kernel.AggCall) { each(states, c, combine, 1) },
			SubRows: func(states []bitsOf, c *kernel.AggCall) { each(states, c, undo, -1) },
			Build:   func(b *fold.Results[bitsOf]) arrow.Array { return buildBits(b, result) },
			Save:    func(w *wire.Writer, s *bitsOf) { w.Int(s.n); w.Int(s.bits) },
			Load:    func(r *wire.Reader, s *bitsOf) { s.n, s.bits = r.Int(), r.Int() },
		}
	}
}

func buildBits(b *fold.Results[bitsOf], result *types.Type) arrow.Array {
	if result.Kind == types.Int {
		return fold.Column(b, result, func(_ int, s *bitsOf) (int32, bool) { return int32(s.bits), s.n > 0 })
	}
	return fold.Column(b, result, func(_ int, s *bitsOf) (int64, bool) { return s.bits, s.n > 0 })
}
