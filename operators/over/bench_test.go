package over

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// nothing takes rows and forgets them.
type nothing struct{ optest.Sink }

// Emit implements operators.Output.
func (*nothing) Emit(_ int, b *operators.Batch) { b.Release() }

// BenchmarkOver measures rows of 1,000 keys that come in batches of 4,096, a watermark
// after each; ns/op is for one row.
func BenchmarkOver(b *testing.B) {
	long := []types.Column{{Name: "k", Type: types.TLong}, {Name: "x", Type: types.TLong}}
	k, x := &ir.Column{Base: ir.Base{T: types.TLong}, Name: "k"}, &ir.Column{Base: ir.Base{T: types.TLong}, Name: "x"}
	last10 := ir.Frame{Rows: 10}
	lag := ir.OverCall{Column: "$over0", Name: ir.Lag, N: 1, Args: []ir.Expr{x}, T: types.TLong.OrNull()}
	avg := ir.OverCall{Column: "$over1", Name: "avg", Args: []ir.Expr{x}, T: types.TDouble, Frame: last10}
	maximum := ir.OverCall{Column: "$over2", Name: "max", Args: []ir.Expr{x}, T: types.TLong, Frame: last10}
	sum := ir.OverCall{Column: "$over3", Name: "sum", Args: []ir.Expr{x}, T: types.TLong}
	for name, calls := range map[string][]ir.OverCall{"lag": {lag}, "avg": {avg}, "lag+avg": {lag, avg}, "max": {maximum}, "sum": {sum}} {
		for _, keys := range []int64{1, 1000} {
			b.Run(fmt.Sprintf("%s/%d", name, keys), func(b *testing.B) {
				benchmark(b, &ir.Over{Per: []ir.Expr{k}, Calls: calls}, long, keys)
			})
		}
	}
}

func benchmark(b *testing.B, spec *ir.Over, in []types.Column, keys int64) {
	const size = 4096
	op, err := New(spec, in, outColumns(spec, in), env)
	if err != nil {
		b.Fatal(err)
	}
	if err := op.Open(&operators.Context{Alloc: memory.DefaultAllocator, BatchRows: size}); err != nil {
		b.Fatal(err)
	}
	rows := make([]optest.Row, size)
	for i := range rows {
		rows[i] = optest.Row{Time: int64(i), Arrival: operators.MinTime, Values: []any{int64(i*7919) % keys, int64(i)}}
	}
	batch := optest.Batch(memory.DefaultAllocator, in, rows)
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += size {
		next := *batch
		next.Retain()
		next.Time = make([]int64, size)
		for i := range next.Time {
			next.Time[i] = int64(n + i)
		}
		next.Base = int64(n)
		if err := op.Process(0, &next, &nothing{}); err != nil {
			b.Fatal(err)
		}
		if err := op.OnWatermark(operators.Watermark{Time: int64(n + size)}, &nothing{}); err != nil {
			b.Fatal(err)
		}
	}
}
