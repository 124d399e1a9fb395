package aggregate

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
)

// discard is an Output that releases what it gets.
type discard struct {
	optest.Sink
	rows int
}

func (d *discard) Emit(_ int, b *operators.Batch) {
	d.rows += b.Len()
	b.Release()
}

// BenchmarkTumblingCountAvg counts and averages per key in windows of 10,000 rows,
// of which some 660 keys each: 1.84 million bids give 121 thousand rows. Keys are numbers
// given out one after the other, or the same scattered over all numbers there are.
func BenchmarkTumblingCountAvg(b *testing.B) {
	b.Run("close", func(b *testing.B) { tumblingCountAvg(b, 1) })
	b.Run("far", func(b *testing.B) { tumblingCountAvg(b, 0x1e3779b97f4a7c15) })
}

func tumblingCountAvg(b *testing.B, apart int64) {
	cols := []types.Column{{Name: "auction", Type: types.TLong}, {Name: "price", Type: types.TLong}}
	ref := func(i int) ir.Expr { return &ir.Column{Base: ir.Base{T: cols[i].Type}, Name: cols[i].Name} }
	a := &ir.Aggregate{Windowed: true, Emit: "final", By: []ir.Item{{Name: "auction", Expr: ref(0)}},
		Aggs: []ir.AggCall{aggCall("count", 0, types.TLong), aggCall("avg", 0, types.TDouble, ref(1))},
		Items: []ir.Item{{Name: "n", Expr: &ir.Column{Base: ir.Base{T: types.TLong}, Name: "$agg0"}},
			{Name: "mean", Expr: &ir.Column{Base: ir.Base{T: types.TDouble}, Name: "$agg1"}}},
	}
	const rows, batches = bidRows, bidBatches
	input := bids()
	for _, batch := range input {
		for i, id := range kernel.Values[int64](batch.Cols[0]) {
			kernel.Values[int64](batch.Cols[0])[i] = id * apart
		}
	}
	w := newWindow(b, 10_000, 0, 0)
	out := outCols(a)
	agg := must[*Aggregate](b)(New(a, window.Columns(cols), out, testEnv()))
	ctx := &operators.Context{Alloc: kernel.NewRecycler(16 << 20)} // as jobs have
	for _, op := range []operators.Operator{w, agg} {
		if err := op.Open(ctx); err != nil {
			b.Fatal(err)
		}
	}
	sink := &discard{}
	pass := pipe{sink, agg, b}
	shift := int64(0)
	var ageing time.Duration // is the work of this benchmark alone
	b.ReportAllocs()
	started := processorTime()
	for b.Loop() {
		for _, batch := range input {
			batch.Retain()
			moved := *batch
			begun := processorTime()
			for j := range rows { // the next round of the same rows is later
				moved.Time[j] += rows * batches
				moved.Arrival[j] += rows * batches
				moved.Progress[j] += rows * batches
			}
			ageing += processorTime() - begun
			if err := w.Process(0, &moved, pass); err != nil {
				b.Fatal(err)
			}
			shift = moved.Time[rows-1]
			if err := agg.OnWatermark(operators.Watermark{Time: shift}, sink); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64((processorTime()-started-ageing).Nanoseconds())/float64(b.N)/rows/batches, "ns/row")
	b.ReportMetric(float64(sink.rows)/float64(b.N)/rows/batches, "results/row")
}

// processorTime is what the process has taken of processors, which others on the machine
// change less than the time that passes.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const bidRows, bidBatches = 4096, 32

// bids are batches of auctions and prices.
func bids() []*operators.Batch {
	const rows = bidRows
	r := rand.New(rand.NewPCG(1, 2))
	var input []*operators.Batch
	for i := range bidBatches {
		auction, ids := kernel.NewFixed[int64](memory.DefaultAllocator, arrow.PrimitiveTypes.Int64, rows)
		price, prices := kernel.NewFixed[int64](memory.DefaultAllocator, arrow.PrimitiveTypes.Int64, rows)
		batch := &operators.Batch{Cols: []arrow.Array{auction, price}, Rows: rows, Time: make([]int64, rows), Arrival: make([]int64, rows), Progress: make([]int64, rows)}
		for j := range rows {
			at := i*rows + j
			ids[j], prices[j] = int64(1000+at/20+r.IntN(500)), int64(r.IntN(10_000_000))
			batch.Time[j], batch.Arrival[j], batch.Progress[j] = int64(at), int64(at-1), int64(at)
		}
		input = append(input, batch)
	}
	return input
}

type pipe struct {
	*discard
	to operators.Operator
	b  *testing.B
}

func (p pipe) Emit(_ int, batch *operators.Batch) {
	if err := p.to.Process(0, batch, p.discard); err != nil {
		p.b.Fatal(err)
	}
}
