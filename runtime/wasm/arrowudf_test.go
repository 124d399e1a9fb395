package wasm_test

import (
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
)

// arrowUdf is a module made with the public arrow-udf crate, from the source beside it:
//
//	cargo build --release --target wasm32-wasip1
func arrowUdf(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/arrowudf/audf.wasm")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestArrowUdf(t *testing.T) {
	module := arrowUdf(t)
	gcd := open(t, declare("gcd", types.TInt, types.TInt, types.TInt), module)
	got := run(t, gcd, types.TInt, 3, nil, rows(goAlloc, types.TInt, int64(12), int64(35), int64(1071)), rows(goAlloc, types.TInt, int64(18), int64(64), int64(462)))
	for i, want := range []int64{6, 1, 21} {
		if got.values[i] != want {
			t.Errorf("gcd: row %d is %v %v", i, got.values[i], got.failures)
		}
	}
	div := open(t, declare("div", types.TLong, types.TLong, types.TLong), module)
	got = run(t, div, types.TLong, 3, nil, rows(goAlloc, types.TLong, int64(7), int64(7), int64(8)), rows(goAlloc, types.TLong, int64(2), int64(0), int64(4)))
	if got.values[0] != int64(3) || got.values[2] != int64(2) || got.failures[1] != "failed: division by zero" || len(got.failures) != 1 {
		t.Errorf("div: %v %v", got.values, got.failures)
	}
	greet := open(t, declare("greet", types.TString, types.TString), module)
	got = run(t, greet, types.TString, 2, nil, rows(goAlloc, types.TString, "Ada", "Åse"))
	if got.values[0] != "hello Ada" || got.values[1] != "hello Åse" {
		t.Errorf("greet: %v %v", got.values, got.failures)
	}
	oddly := open(t, declare("oddly", types.TInt.OrNull(), types.TInt), module)
	got = run(t, oddly, types.TInt.OrNull(), 2, nil, rows(goAlloc, types.TInt, int64(3), int64(4)))
	if got.values[0] != int64(3) || got.values[1] != nil || len(got.failures) > 0 {
		t.Errorf("oddly: %v %v", got.values, got.failures)
	}
}

func TestArrowUdfTable(t *testing.T) {
	d := declare("series", types.ArrayOf(types.TInt), types.TInt)
	d.Kind = ir.WasmTable
	m, err := wasm.Inspect([]byte(arrowUdf(t)))
	if err != nil {
		t.Fatal(err)
	}
	fit, misfit := m.FitTable("series", []*types.Type{types.TInt}, types.TInt)
	if misfit != nil || !fit.Batch {
		t.Fatalf("%+v %+v", fit, misfit)
	}
	d.Export, d.Batch = fit.Export, fit.Batch
	f, err := wasm.New(d, m.Data, wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := run(t, f, d.Result, 4, []int32{0, 1, 3}, rows(goAlloc, types.TInt, int64(3), int64(0), int64(9), int64(1)))
	if want := "[[0 1 2] [] <nil> [0]]"; fmt.Sprint(got.values) != want || len(got.failures) > 0 {
		t.Errorf("%v %v, want %s", got.values, got.failures, want)
	}
	d = declare("below", types.ArrayOf(types.TInt), types.TInt)
	d.Kind = ir.WasmTable
	if fit, misfit = m.FitTable("below", []*types.Type{types.TInt}, types.TInt); misfit != nil {
		t.Fatal(misfit)
	}
	d.Export, d.Batch = fit.Export, fit.Batch
	below, err := wasm.New(d, m.Data, wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer below.Close()
	got = run(t, below, d.Result, 3, nil, rows(goAlloc, types.TInt, int64(2), int64(-1), int64(1)))
	if fmt.Sprint(got.values) != "[[0 1] <nil> [0]]" || got.failures[1] != "failed: a number below zero" || len(got.failures) != 1 {
		t.Errorf("below: %v %v", got.values, got.failures)
	}
	if _, misfit := m.FitTable("gcd", []*types.Type{types.TInt, types.TInt}, types.TInt); misfit == nil {
		t.Error("a function of one value is taken for a table function")
	}
}

// A declaration that does not say what the signature in the export's name says is
// refused, naming both.
func TestArrowUdfMisfit(t *testing.T) {
	m, err := wasm.Inspect([]byte(arrowUdf(t)))
	if err != nil {
		t.Fatal(err)
	}
	_, misfit := m.Fit("gcd", []*types.Type{types.TLong, types.TLong}, types.TLong)
	if misfit == nil || !strings.Contains(misfit.Have, "gcd(int32") || misfit.Want != "gcd(long, long) -> long" {
		t.Errorf("%+v", misfit)
	}
}

func dec(text string) types.Dec {
	whole, part, _ := strings.Cut(text, ".")
	n, ok := new(big.Int).SetString(whole+part, 10)
	if !ok {
		panic(text)
	}
	return types.Dec{Unscaled: n, Scale: len(part)}
}

// The types that the project has of its own: decimals and JSON are texts with a name, and
// some texts have offsets of 64 bits.
func TestArrowUdfOwnTypes(t *testing.T) {
	module := arrowUdf(t)
	price := types.DecimalOf(12, 2)
	for _, nullable := range []bool{false, true} {
		typ := price.WithNull(nullable)
		half := open(t, declare("half", typ, typ), module)
		in := []any{dec("3.00"), dec("-0.04"), dec("9999999999.98")}
		want := []string{"1.50", "-0.02", "4999999999.99"}
		if nullable {
			in, want = append([]any{nil}, in...), append([]string{"<nil>"}, want...)
		}
		got := run(t, half, typ, len(in), nil, rows(goAlloc, typ, in...))
		for i := range in {
			if fmt.Sprint(got.values[i]) != want[i] {
				t.Errorf("half of %v is %v %s", in[i], got.values[i], got.failures[i])
			}
		}
	}
	wrap := open(t, declare("wrap", types.TJSON, types.TJSON, types.TString), module)
	got := run(t, wrap, types.TJSON, 2, []int32{1}, rows(goAlloc, types.TJSON, `1`, `{"a":[1,null]}`), rows(goAlloc, types.TString, "x", "é"))
	if got.values[1] != `{"é":{"a":[1,null]}}` || len(got.failures) > 0 {
		t.Errorf("wrap: %v %v", got.values, got.failures)
	}
	shout := open(t, declare("shout", types.TString.OrNull(), types.TString.OrNull()), module)
	got = run(t, shout, types.TString.OrNull(), 3, nil, rows(goAlloc, types.TString.OrNull(), "", nil, "Zoë"))
	if fmt.Sprint(got.values) != "[! <nil> Zoë!]" || len(got.failures) > 0 {
		t.Errorf("shout: %v %v", got.values, got.failures)
	}
	record := &types.Type{Kind: types.Record, Fields: []types.Field{{Name: "net", Type: types.DecimalOf(8, 3)}, {Name: "note", Type: types.TJSON}}}
	net := open(t, declare("price", record, price, types.TInt), module)
	got = run(t, net, record, 2, nil, rows(goAlloc, price, dec("124.00"), dec("100.00")), rows(goAlloc, types.TInt, int64(24), int64(21)))
	if fmt.Sprint(got.values) != "[[100.000 [24]] [82.645 [21]]]" || len(got.failures) > 0 {
		t.Errorf("price: %v %v", got.values, got.failures)
	}
	// A number that does not fit fails its row alone.
	small := types.DecimalOf(3, 2)
	tight := open(t, declare("half", small, types.DecimalOf(9, 2)), module)
	got = run(t, tight, small, 3, nil, rows(goAlloc, types.DecimalOf(9, 2), dec("19.98"), dec("20.00"), dec("0.02")))
	if fmt.Sprint(got.values) != "[9.99 <nil> 0.01]" || !strings.Contains(got.failures[1], "does not fit decimal(3, 2)") || len(got.failures) != 1 {
		t.Errorf("tight: %v %v", got.values, got.failures)
	}
	m, err := wasm.Inspect([]byte(module))
	if err != nil {
		t.Fatal(err)
	}
	if _, misfit := m.Fit("half", []*types.Type{types.TDouble}, types.TDouble); misfit == nil || misfit.Have != "half(decimal)->decimal" {
		t.Errorf("a declaration of doubles: %+v", misfit)
	}
}
