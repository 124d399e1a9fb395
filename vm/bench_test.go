package vm

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

const benchRows = 4096

func benchInput() (Input, []types.Column) {
	alloc := kernel.NewRecycler(1 << 20)
	d, doubles := kernel.NewFixed[float64](alloc, arrow.PrimitiveTypes.Float64, benchRows)
	l, longs := kernel.NewFixed[int64](alloc, arrow.PrimitiveTypes.Int64, benchRows)
	texts := make([]any, benchRows)
	seed := uint64(1)
	for i := range doubles {
		seed = seed*6364136223846793005 + 1442695040888963407
		doubles[i], longs[i] = float64(seed>>40)/float64(1<<24), int64(seed>>40)
		texts[i] = []string{"us", "ci", "nc", "ak"}[seed>>62]
	}
	cols := []types.Column{{Name: "d", Type: types.TDouble}, {Name: "l", Type: types.TLong}, {Name: "s", Type: types.TString}}
	return Input{Alloc: alloc, Cols: []arrow.Array{d, l, FromValues(alloc, types.TString, texts)}, Rows: benchRows}, cols
}

func benchCompile(b *testing.B, e ir.Expr) (*Program, Input) {
	in, cols := benchInput()
	p, err := Compile(e, cols, Env{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	return p, in
}

func perRow(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

func lit(t *types.Type, v any) ir.Expr       { return &ir.Const{Base: ir.Base{T: t}, Value: v} }
func col(t *types.Type, name string) ir.Expr { return &ir.Column{Base: ir.Base{T: t}, Name: name} }
func bin(t *types.Type, op ir.Op, x, y ir.Expr) ir.Expr {
	return &ir.Binary{Base: ir.Base{T: t}, Op: op, X: x, Y: y}
}

func BenchmarkFilter(b *testing.B) {
	d, l, s := col(types.TDouble, "d"), col(types.TLong, "l"), col(types.TString, "s")
	more := bin(types.TBoolean, ir.Gt, d, lit(types.TDouble, 0.5))
	for _, c := range []struct {
		name string
		e    ir.Expr
	}{
		{"double_gt_const", more},
		{"long_eq_const", bin(types.TBoolean, ir.Eq, l, lit(types.TLong, int64(7)))},
		{"double_lt_double", bin(types.TBoolean, ir.Lt, d, d)},
		{"text_eq_const", bin(types.TBoolean, ir.Eq, s, lit(types.TString, "us"))},
		{"and", &ir.And{Base: ir.Base{T: types.TBoolean}, X: more, Y: bin(types.TBoolean, ir.Lt, l, lit(types.TLong, int64(1<<23)))}},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, in := benchCompile(b, c.e)
			for b.Loop() {
				p.EvalBool(in)
			}
			perRow(b)
		})
	}
}

func BenchmarkProject(b *testing.B) {
	d := col(types.TDouble, "d")
	for _, c := range []struct {
		name string
		e    ir.Expr
	}{
		{"multiply", bin(types.TDouble, ir.Mul, d, d)},
		{"fahrenheit", bin(types.TDouble, ir.Add, bin(types.TDouble, ir.Mul, d, lit(types.TDouble, 1.8)), lit(types.TDouble, 32.0))},
		{"if", &ir.If{Base: ir.Base{T: types.TDouble}, Cond: bin(types.TBoolean, ir.Gt, d, lit(types.TDouble, 0.5)), Then: d, Else: lit(types.TDouble, 0.0)}},
		{"long_to_text", &ir.Cast{Base: ir.Base{T: types.TString}, X: col(types.TLong, "l")}},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, in := benchCompile(b, c.e)
			for b.Loop() {
				p.Eval(in).Release()
			}
			perRow(b)
		})
	}
}

func BenchmarkAdd(b *testing.B) {
	l := col(types.TLong, "l")
	for _, c := range []struct {
		name string
		e    ir.Expr
	}{
		{"long_long", bin(types.TLong, ir.Add, l, l)},
		{"long_const", bin(types.TLong, ir.Add, l, lit(types.TLong, int64(1)))},
		{"long_mul", bin(types.TLong, ir.Mul, l, l)},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, in := benchCompile(b, c.e)
			for b.Loop() {
				p.Eval(in).Release()
			}
			perRow(b)
		})
	}
}
