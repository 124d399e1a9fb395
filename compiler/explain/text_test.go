package explain

import (
	"math/big"
	"testing"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

func TestExpressions(t *testing.T) {
	base := func(typ *types.Type) ir.Base { return ir.Base{T: typ} }
	mag := &ir.Column{Base: base(types.TDouble.OrNull()), Name: "mag"}
	n := &ir.Column{Base: base(types.TInt), Name: "n"}
	one := &ir.Const{Base: base(types.TInt), Value: int64(1)}
	sum := &ir.Binary{Base: base(types.TInt), Op: ir.Add, X: n, Y: one}
	long := &ir.Cast{Base: base(types.TLong), X: sum}
	small := &ir.Cast{Base: base(types.TInt), X: long, Fallible: true}
	call := &ir.Call{Base: base(types.TDouble), Name: "round", Overload: 1, Args: []ir.Expr{&ir.NotNull{Base: base(types.TDouble), X: mag}, one}}
	null := &ir.IsNull{Base: base(types.TBoolean), X: mag}
	param := &ir.Param{Base: base(types.TInt), Name: "least"}
	tests := []struct {
		e            ir.Expr
		plain, typed string
		fails        bool
	}{
		{mag, "mag", "mag:double?", false},
		{&ir.Column{Base: base(types.TTimestamp), Name: types.WindowEnd}, "window.end", "window.end:timestamp", false},
		{sum, "n + 1", "n:int + 1", true},
		{&ir.Binary{Base: base(types.TInt), Op: ir.Mul, X: sum, Y: param}, "(n + 1) * least", "(n:int + 1) * least:int", true},
		{small, "cast(cast(n + 1 as long) as int)", "cast!(cast(n:int + 1 as long) as int)", true},
		{call, "round(mag, 1)", "round#1(mag:double, 1):double", false},
		{&ir.Try{Base: base(types.TInt.OrNull()), X: sum}, "try(n + 1)", "try(n:int + 1)", false},
		{&ir.Coalesce{Base: base(types.TInt), X: sum, Y: one, Errors: true}, "try(n + 1) ?? 1", "try(n:int + 1) ?? 1", false},
		{&ir.Coalesce{Base: base(types.TInt), X: sum, Y: one}, "(n + 1) ?? 1", "(n:int + 1) ?? 1", true},
		{&ir.If{Base: base(types.TInt), Cond: null, Then: one, Else: n}, "if mag is null then 1 else n", "if mag:double? is null then 1 else n:int", false},
		{&ir.And{Base: base(types.TBoolean), X: null, Y: &ir.Unary{Base: base(types.TBoolean), Op: ir.Not, X: null}},
			"(mag is null) and not (mag is null)", "(mag:double? is null) and not (mag:double? is null)", false},
		{&ir.In{Base: base(types.TBoolean), X: n, List: []ir.Expr{one, param}}, "n in (1, least)", "n:int in (1, least:int)", false},
		{&ir.MakeList{Base: base(types.ArrayOf(types.TInt)), Items: []ir.Expr{n, sum}}, "[n, n + 1]", "[n:int, n:int + 1]", true},
	}
	for _, tt := range tests {
		if got := (exprs{}).text(tt.e); got != tt.plain {
			t.Errorf("plain: want %s\ngot         %s", tt.plain, got)
		}
		if got := (exprs{typed: true}).text(tt.e); got != tt.typed {
			t.Errorf("typed: want %s\ngot         %s", tt.typed, got)
		}
		if got := mayFail(tt.e); got != tt.fails {
			t.Errorf("%s: may fail: want %v, got %v", tt.plain, tt.fails, got)
		}
	}
}

func TestValues(t *testing.T) {
	point := types.RecordOf(types.Field{Name: "x", Type: types.TInt}, types.Field{Name: "a b", Type: types.TString.OrNull()})
	tests := []struct {
		v    any
		t    *types.Type
		want string
	}{
		{nil, types.TInt.OrNull(), "null"},
		{true, types.TBoolean, "true"},
		{int64(-7), types.TLong, "-7"},
		{3.0, types.TDouble, "3.0"},
		{types.Dec{Unscaled: big.NewInt(1250), Scale: 2}, types.DecimalOf(6, 2), "12.50"},
		{`a "b"`, types.TString, `"a \"b\""`},
		{[]byte{1, 255}, types.TBytes, "0x01ff"},
		{int64(0), types.TTimestamp, "@1970-01-01T00:00:00Z"},
		{int64(1), types.TDate, "@1970-01-02"},
		{int64(5_400_000_000), types.TDuration, "1h30m"},
		{types.Per{Months: 14, Days: 3}, types.TPeriod, "14mo3d"},
		{[]any{int64(1), nil}, point, "{ x: 1, `a b`: null }"},
		{[]any{int64(1), int64(2)}, types.ArrayOf(types.TInt), "[1, 2]"},
		{types.MapValue{Keys: []string{"k"}, Values: []any{int64(1)}}, types.MapOf(types.TInt), `{ "k": 1 }`},
	}
	for _, tt := range tests {
		if got := valueText(tt.v, tt.t); got != tt.want {
			t.Errorf("want %s, got %s", tt.want, got)
		}
	}
}

func TestLengths(t *testing.T) {
	for want, l := range map[string]types.Length{
		"1mo": {Months: 1}, "2y": {Months: 24}, "7d": {Days: 7}, "15m": {Micros: 900_000_000}, "1d12h": {Days: 1, Micros: 43_200_000_000}, "0s": {},
	} {
		if got := lengthText(l); got != want {
			t.Errorf("want %s, got %s", want, got)
		}
	}
	for want, d := range map[string]time.Duration{"0s": 0, "forever": ir.KeepForever, "1h1s5ms": time.Hour + time.Second + 5*time.Millisecond} {
		if got := durationText(d); got != want {
			t.Errorf("want %s, got %s", want, got)
		}
	}
}

func TestSchemaNames(t *testing.T) {
	for topic, want := range map[string]string{"quakes": "Quakes", "quake_feed": "QuakeFeed", "big.ndjson": "BigNdjson", "_1st": "Row1st", "été": "Été"} {
		if got := SchemaName(topic); got != want {
			t.Errorf("%s: want %s, got %s", topic, want, got)
		}
	}
}
