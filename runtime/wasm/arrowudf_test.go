package wasm_test

import (
	"fmt"
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
