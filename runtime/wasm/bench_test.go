package wasm_test

import (
	"fmt"
	"testing"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// benchRows is how many rows the benchmarks of `make bench-wasm` compute at once.
const benchRows = 64 << 10

func longs(n int) kernel.Vector {
	values := make([]any, n)
	for i := range values {
		values[i] = int64(i)
	}
	return rows(goAlloc, types.TLong, values...)
}

func doubles(n int) kernel.Vector {
	values := make([]any, n)
	for i := range values {
		values[i] = float64(i) / 3
	}
	return rows(goAlloc, types.TDouble, values...)
}

func benchCall(b *testing.B, f *wasm.Function, result *types.Type, args ...kernel.Vector) {
	b.Helper()
	k := f.Kernel()
	for b.Loop() {
		arr := k(&kernel.Call{Alloc: goAlloc, N: benchRows, Args: args, Result: result})
		arr.Release()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

func BenchmarkScalarLongs(b *testing.B) {
	f := open(b, declare("add", types.TLong, types.TLong, types.TLong), addModule)
	benchCall(b, f, types.TLong, longs(benchRows), longs(benchRows))
}

func BenchmarkScalarLongsWithFuel(b *testing.B) {
	d := declare("add", types.TLong, types.TLong, types.TLong)
	d.Limits.Fuel, d.Limits.Deterministic = 10_000, true
	benchCall(b, open(b, d, addModule), types.TLong, longs(benchRows), longs(benchRows))
}

func BenchmarkScalarTexts(b *testing.B) {
	values := make([]any, benchRows)
	for i := range values {
		values[i] = "a text of thirty characters..."
	}
	f := open(b, declare("upper", types.TString, types.TString), upperModule)
	benchCall(b, f, types.TString, rows(goAlloc, types.TString, values...))
}

const mulModule = `(module (func (export "mul") (param f64 f64) (result f64) (f64.mul (local.get 0) (local.get 1))))`

// BenchmarkMultiplyModule and BenchmarkMultiplyBuiltIn are the same expression.
func BenchmarkMultiplyModule(b *testing.B) {
	f := open(b, declare("mul", types.TDouble, types.TDouble, types.TDouble), mulModule)
	benchCall(b, f, types.TDouble, doubles(benchRows), doubles(benchRows))
}

func BenchmarkMultiplyBuiltIn(b *testing.B) {
	cols := []types.Column{{Name: "x", Type: types.TDouble}, {Name: "y", Type: types.TDouble}}
	base := ir.Base{T: types.TDouble}
	p, err := vm.Compile(&ir.Binary{Base: base, Op: ir.Mul, X: &ir.Column{Base: base, Name: "x"}, Y: &ir.Column{Base: base, Name: "y"}}, cols, vm.Env{})
	if err != nil {
		b.Fatal(err)
	}
	in := vm.Input{Alloc: goAlloc, Rows: benchRows}
	for range cols {
		in.Cols = append(in.Cols, doubles(benchRows).Arr)
	}
	for b.Loop() {
		p.Eval(in).Release()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

// BenchmarkInstance is an instance of a compiled module: what the first batch of a
// worker waits for, and what follows a trap.
func BenchmarkInstance(b *testing.B) {
	f := open(b, declare("add", types.TLong, types.TLong, types.TLong), addModule)
	one := longs(1)
	k := f.Kernel()
	for b.Loop() {
		k(&kernel.Call{Alloc: goAlloc, N: 1, Args: []kernel.Vector{one, one}, Result: types.TLong}).Release()
		f.Drop()
	}
}

const countModule = `(module (memory (export "memory") 1)
	(func $s (param $v i64) (result i64) (i64.store (i32.const 0) (local.get $v)) (i64.const 8))
	(func (export "sum_init") (result i64) (call $s (i64.const 0)))
	(func (export "sum_accumulate") (param $p i32) (param $n i32) (param $v i64) (result i64)
		(call $s (i64.add (i64.load (local.get $p)) (local.get $v))))
	(func (export "sum_merge") (param $p i32) (param $n i32) (param $q i32) (param $m i32) (result i64)
		(call $s (i64.add (i64.load (local.get $p)) (i64.load (local.get $q)))))
	(func (export "sum_finish") (param $p i32) (param $n i32) (result i64) (i64.load (local.get $p))))`

// BenchmarkAggregate gives rows to an aggregate: of few groups, and of as many as rows.
func BenchmarkAggregate(b *testing.B) {
	for _, groups := range []int{16, 4096, benchRows} {
		b.Run(fmt.Sprintf("groups-%d", groups), func(b *testing.B) {
			agg := openAggregate(b, declare("sum", types.TLong, types.TLong), countModule).New(nil, nil, nil)
			agg.Grow(groups)
			of := make([]int32, benchRows)
			for i := range of {
				of[i] = int32(i * 7919 % groups)
			}
			in := longs(benchRows)
			for b.Loop() {
				agg.Add(&kernel.AggCall{Alloc: goAlloc, N: benchRows, Groups: of, Args: []kernel.Vector{in}})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
		})
	}
}
