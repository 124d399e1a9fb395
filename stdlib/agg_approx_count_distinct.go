package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

func aggApproxCountDistinct() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "approx_count_distinct",
			Group: groupAggregate,
			Doc:   "How many different values there are: exact up to 512, then estimated with a standard error of 0.8 % in 16 KiB a group.",
			Nulls: "nulls are not counted; without rows the count is 0",
			Examples: aggExamples(
				"approx_count_distinct(x)", "[1, 2, 2, null]", "2",
			),
		},
	},
		aggOverload{text: "approx_count_distinct<T: keyed>(x: T) -> long", new: newApproxCountDistinct})
}

func newApproxCountDistinct([]*types.Type, []any, *types.Type) kernel.Aggregator {
	var scratch []byte
	return &fold.States[fold.Distinct]{
		AddRows: func(states []fold.Distinct, c *kernel.AggCall) {
			code := keycode.OneOf(c.Args[0], keycode.Key)
			c.Each(func(row int) {
				scratch = code.Append(scratch[:0], row)
				states[c.Groups[row]].Add(scratch)
			})
		},
		Build: func(b *fold.Results[fold.Distinct]) arrow.Array {
			return fold.Value(b, types.TLong, func(_ int, s *fold.Distinct) int64 { return s.Estimate() })
		},
		Save: func(w *wire.Writer, s *fold.Distinct) { s.Save(w) },
		Load: func(r *wire.Reader, s *fold.Distinct) { s.Load(r) },
	}
}
