package aggregate

import (
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/window"
)

// BenchmarkSessions gives batches of rows of 500 keys to sessions, complete and
// refined; a session holds some 60 rows.
func BenchmarkSessions(b *testing.B) {
	for _, emit := range []string{"final", "updates"} {
		b.Run(emit, func(b *testing.B) {
			spec := &ir.Window{Kind: ir.WindowSession, Gap: micros(3000), Per: []string{"k"}, Emit: emit}
			a := listing(emit, 0, "k")
			a.Aggs, a.Items, a.Find = a.Aggs[:1], a.Items[:1], spec
			op := newAgg(b, a)
			if err := op.Open(&operators.Context{Alloc: memory.DefaultAllocator}); err != nil {
				b.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, 2))
			out, at := &discard{}, int64(0)
			for b.Loop() {
				rows := make([]optest.Row, 4096)
				for i := range rows {
					at++
					rows[i] = optest.Row{Time: at, Arrival: at - 1, Progress: at, Values: []any{int64(r.IntN(500)), nil, nil, at, true, at, at}}
				}
				if err := op.Process(0, optest.Batch(memory.DefaultAllocator, window.Columns(rowCols), rows), out); err != nil {
					b.Fatal(err)
				}
				if err := op.OnWatermark(operators.Watermark{Time: at, Progress: at}, out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/row")
		})
	}
}
