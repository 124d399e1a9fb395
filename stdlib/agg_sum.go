package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/reprosum"
	"github.com/edynamic/edynamic/vm/wire"
)

func aggSum() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "sum",
			Group: groupAggregate,
			Doc: "Adds up numbers or durations. The sum of doubles is exact before it is rounded once, so that it is " +
				"the same whatever the order of the rows. A sum of whole numbers or decimals that does not fit its type " +
				"fails the group.",
			Nulls: "nulls are skipped; without rows the sum is 0",
			Examples: aggExamples(
				"sum(x)", "[1, 2, null]", "3",
				"sum(x)", "[1.25, 2.50]", "3.75",
				"sum(x * 2)", "[1, 2, 3]", "12",
			),
		},
		Retracts: true,
	},
		aggOverload{text: "sum(x: long) -> long", new: newLongSum},
		aggOverload{text: "sum(x: double) -> double", new: newDoubleSum},
		aggOverload{text: "sum(x: decimal) -> decimal", new: newDecimalSum, refine: sumDecimalType},
		aggOverload{text: "sum(x: duration) -> duration", new: newLongSum})
}

// sumDecimalType is decimal(38, s).
func sumDecimalType(args []*types.Type) *types.Type {
	return types.DecimalOf(types.MaxPrecision, args[0].Scale)
}

func newLongSum(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return &fold.States[fold.Wide]{
		AddRows: addLongs,
		SubRows: subLongs,
		Build: func(b *fold.Results[fold.Wide]) arrow.Array {
			return fold.Value(b, result, func(i int, s *fold.Wide) int64 {
				v, ok := s.Long()
				if !ok {
					b.Fail(i, "the sum is beyond the range of "+result.Kind.String())
				}
				return v
			})
		},
		Save:  func(w *wire.Writer, s *fold.Wide) { s.Save(w) },
		Load:  func(r *wire.Reader, s *fold.Wide) { s.Load(r) },
		Merge: (*fold.Wide).Merge,
	}
}

func addLongs(sums []fold.Wide, c *kernel.AggCall) {
	if c.Rows != nil || c.Args[0].Scalar {
		fold.EachValue(sums, c, 0, (*fold.Wide).AddLong)
		return
	}
	for i, v := range kernel.Values[int64](c.Args[0].Arr) {
		sums[c.Groups[i]].AddLong(v)
	}
}

func subLongs(sums []fold.Wide, c *kernel.AggCall) {
	fold.EachValue(sums, c, 0, (*fold.Wide).SubLong)
}

func newDoubleSum(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return &fold.States[reprosum.Sum]{
		AddRows: addDoubles,
		SubRows: func(sums []reprosum.Sum, c *kernel.AggCall) {
			fold.EachValue(sums, c, 0, (*reprosum.Sum).Sub)
		},
		Build: func(b *fold.Results[reprosum.Sum]) arrow.Array {
			return fold.Value(b, result, func(_ int, s *reprosum.Sum) float64 { return s.Value() })
		},
		Save:  func(w *wire.Writer, s *reprosum.Sum) { w.Buf = s.AppendBinary(w.Buf) },
		Load:  func(r *wire.Reader, s *reprosum.Sum) { r.Rest(s.Decode) },
		Copy:  (*reprosum.Sum).Set,
		Merge: (*reprosum.Sum).Merge,
	}
}

func addDoubles(sums []reprosum.Sum, c *kernel.AggCall) {
	if c.Rows != nil || c.Args[0].Scalar {
		fold.EachValue(sums, c, 0, (*reprosum.Sum).Add)
		return
	}
	for i, v := range kernel.Values[float64](c.Args[0].Arr) {
		sums[c.Groups[i]].Add(v)
	}
}

func newDecimalSum(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return &fold.States[fold.Wide]{
		AddRows: func(sums []fold.Wide, c *kernel.AggCall) { fold.EachDecimal(sums, c, 0, (*fold.Wide).AddDecimal) },
		SubRows: func(sums []fold.Wide, c *kernel.AggCall) { fold.EachDecimal(sums, c, 0, (*fold.Wide).SubDecimal) },
		Build: func(b *fold.Results[fold.Wide]) arrow.Array {
			return fold.Value(b, result, func(i int, s *fold.Wide) decimal128.Num {
				v, ok := s.Decimal(result.Precision)
				if !ok {
					b.Fail(i, "the sum has more digits than "+result.NonNull().String())
				}
				return v
			})
		},
		Save:  func(w *wire.Writer, s *fold.Wide) { s.Save(w) },
		Load:  func(r *wire.Reader, s *fold.Wide) { s.Load(r) },
		Merge: (*fold.Wide).Merge,
	}
}
