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

func aggAvg() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "avg",
			Group: groupAggregate,
			Doc: "The arithmetic mean. It is computed from an exact sum, so that it is the same whatever the order of the " +
				"rows. The mean of decimals has four more digits after the point, rounded half away from zero.",
			Nulls:    "nulls are skipped; without rows the mean is null",
			Examples: aggExamples("avg(x)", "[1, 2, null]", "1.5", "avg(x)", "[1.00, 1.00, 2.00]", "1.333333"),
		},
		EmptyNull: true,
		Retracts:  true,
	},
		aggOverload{text: "avg(x: long) -> double", new: newLongAvg},
		aggOverload{text: "avg(x: double) -> double", new: newDoubleAvg},
		aggOverload{text: "avg(x: decimal) -> decimal", new: newDecimalAvg, refine: avgDecimalType},
		aggOverload{text: "avg(x: duration) -> duration", new: newDurationAvg})
}

// avgDecimalType is decimal(p+4, s+4); where that is too long the digits before
// the point are kept.
func avgDecimalType(args []*types.Type) *types.Type {
	more := min(4, types.MaxPrecision-args[0].Precision)
	return types.DecimalOf(args[0].Precision+more, args[0].Scale+more)
}

type wideMean struct {
	sum fold.Wide
	n   int64
}

func (m *wideMean) add(v int64) { m.sum.AddLong(v); m.n++ }
func (m *wideMean) sub(v int64) { m.sum.SubLong(v); m.n-- }

func (m *wideMean) addDecimal(v decimal128.Num) { m.sum.AddDecimal(v); m.n++ }
func (m *wideMean) subDecimal(v decimal128.Num) { m.sum.SubDecimal(v); m.n-- }

func (m *wideMean) merge(o *wideMean) { m.sum.Merge(&o.sum); m.n += o.n }

func (m *wideMean) save(w *wire.Writer) { w.Int(m.n); m.sum.Save(w) }
func (m *wideMean) load(r *wire.Reader) { m.n = r.Int(); m.sum.Load(r) }

// wideMeans makes aggregators of means of whole numbers.
func wideMeans(build func(b *fold.Results[wideMean]) arrow.Array) kernel.Aggregator {
	return &fold.States[wideMean]{
		AddRows: addMeans,
		SubRows: func(means []wideMean, c *kernel.AggCall) { fold.EachValue(means, c, 0, (*wideMean).sub) },
		Build:   build,
		Save:    func(w *wire.Writer, m *wideMean) { m.save(w) },
		Load:    func(r *wire.Reader, m *wideMean) { m.load(r) },
		Merge:   (*wideMean).merge,
	}
}

func addMeans(means []wideMean, c *kernel.AggCall) {
	if c.Args[0].Scalar {
		fold.EachValue(means, c, 0, (*wideMean).add)
		return
	}
	values := kernel.Values[int64](c.Args[0].Arr)
	if c.Rows == nil {
		for i, v := range values {
			means[c.Groups[i]].add(v)
		}
		return
	}
	for _, i := range c.Rows {
		means[c.Groups[i]].add(values[i])
	}
}

func newLongAvg(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return wideMeans(func(b *fold.Results[wideMean]) arrow.Array {
		return fold.Column(b, result, func(_ int, m *wideMean) (float64, bool) {
			if m.n == 0 {
				return 0, false
			}
			return m.sum.Ratio(m.n), true
		})
	})
}

func newDurationAvg(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return wideMeans(func(b *fold.Results[wideMean]) arrow.Array {
		return fold.Column(b, result, func(_ int, m *wideMean) (int64, bool) {
			if m.n == 0 {
				return 0, false
			}
			mean, _ := m.sum.DecimalMean(m.n, 0, types.MaxPrecision) // a mean of durations is one
			return int64(mean.LowBits()), true
		})
	})
}

func newDecimalAvg(args []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	more := result.Scale - args[0].Scale
	return &fold.States[wideMean]{
		AddRows: func(means []wideMean, c *kernel.AggCall) { fold.EachDecimal(means, c, 0, (*wideMean).addDecimal) },
		SubRows: func(means []wideMean, c *kernel.AggCall) { fold.EachDecimal(means, c, 0, (*wideMean).subDecimal) },
		Build: func(b *fold.Results[wideMean]) arrow.Array {
			return fold.Column(b, result, func(i int, m *wideMean) (decimal128.Num, bool) {
				if m.n == 0 {
					return decimal128.Num{}, false
				}
				v, ok := m.sum.DecimalMean(m.n, more, result.Precision)
				if !ok {
					b.Fail(i, "the mean has more digits than "+result.NonNull().String())
				}
				return v, true
			})
		},
		Save:  func(w *wire.Writer, m *wideMean) { m.save(w) },
		Load:  func(r *wire.Reader, m *wideMean) { m.load(r) },
		Merge: (*wideMean).merge,
	}
}

type doubleMean struct {
	sum reprosum.Sum
	n   int64
}

func addDoubleMeans(means []doubleMean, c *kernel.AggCall) {
	if c.Args[0].Scalar {
		fold.EachValue(means, c, 0, func(m *doubleMean, v float64) { m.sum.Add(v); m.n++ })
		return
	}
	values := kernel.Values[float64](c.Args[0].Arr)
	if c.Rows == nil {
		for i, g := range c.Groups[:c.N] {
			means[g].sum.Add(values[i])
			means[g].n++
		}
		return
	}
	for _, i := range c.Rows {
		m := &means[c.Groups[i]]
		m.sum.Add(values[i])
		m.n++
	}
}

func newDoubleAvg(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
	return &fold.States[doubleMean]{
		AddRows: addDoubleMeans,
		SubRows: func(means []doubleMean, c *kernel.AggCall) {
			fold.EachValue(means, c, 0, func(m *doubleMean, v float64) { m.sum.Sub(v); m.n-- })
		},
		Build: func(b *fold.Results[doubleMean]) arrow.Array {
			return fold.Column(b, result, func(_ int, m *doubleMean) (float64, bool) {
				if m.n == 0 {
					return 0, false
				}
				return m.sum.Mean(m.n), true
			})
		},
		Save:  func(w *wire.Writer, m *doubleMean) { w.Int(m.n); w.Buf = m.sum.AppendBinary(w.Buf) },
		Load:  func(r *wire.Reader, m *doubleMean) { m.n = r.Int(); r.Rest(m.sum.Decode) },
		Copy:  func(to, from *doubleMean) { to.n = from.n; to.sum.Set(&from.sum) },
		Merge: func(to, from *doubleMean) { to.n += from.n; to.sum.Merge(&from.sum) },
	}
}
