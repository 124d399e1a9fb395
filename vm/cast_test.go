package vm

import (
	"math"
	"math/big"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

func decimal(unscaled int64, scale int) types.Dec {
	return types.Dec{Unscaled: big.NewInt(unscaled), Scale: scale}
}

// one evaluates an expression over one row of one column, x.
func one(t *testing.T, e ir.Expr, xType *types.Type, x any) (any, string) {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	p, err := Compile(e, []types.Column{{Name: "x", Type: xType}}, testEnv())
	if err != nil {
		t.Fatal(err)
	}
	arr := FromValue(alloc, xType, x, 1)
	defer arr.Release()
	res := p.Eval(Input{Alloc: alloc, Cols: []arrow.Array{arr}, Rows: 1})
	defer res.Release()
	if _, reason, failed := res.Errors.At(0); failed {
		return nil, reason
	}
	return Value(p.Type(), res.Vector.Arr, 0), ""
}

func TestCasts(t *testing.T) {
	tDec := types.DecimalOf(5, 2)
	tFixed := &types.Type{Kind: types.Fixed, Size: 2}
	tOther := &types.Type{Kind: types.Enum, Name: "Other", Symbols: []string{"blue", "red"}}
	tPair := types.RecordOf(types.Field{Name: "a", Type: types.TInt}, types.Field{Name: "b", Type: types.TString})
	tPairWide := types.RecordOf(types.Field{Name: "b", Type: types.TString}, types.Field{Name: "c", Type: types.TLong.OrNull()}, types.Field{Name: "a", Type: types.TLong.OrNull()})
	id := []byte{0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00}
	const noon = int64(1769860800_000_000) // 2026-01-31T12:00:00Z
	for _, c := range []struct {
		from, to *types.Type
		x, want  any
		reason   string
	}{
		{types.TInt, types.TLong, int64(math.MinInt32), int64(math.MinInt32), ""},
		{types.TLong, types.TInt, int64(1) << 31, nil, "2147483648 does not fit an int"},
		{types.TLong, types.TInt, int64(-1) << 31, int64(-1) << 31, ""},
		{types.TLong, types.TDouble, int64(1)<<53 + 1, float64(1 << 53), ""},
		{types.TLong, types.TFloat, int64(16777217), float64(16777216), ""},
		{types.TFloat, types.TDouble, 0.5, 0.5, ""},
		{types.TDouble, types.TFloat, 1e300, nil, "1e+300 does not fit a float"},
		{types.TDouble, types.TFloat, math.Inf(1), math.Inf(1), ""},
		{types.TDouble, types.TLong, 1.5, nil, "1.5 is not a whole number"},
		{types.TDouble, types.TLong, math.NaN(), nil, "NaN is not a whole number"},
		{types.TDouble, types.TLong, 9223372036854775808.0, nil, "9223372036854776000 does not fit a long"},
		{types.TDouble, types.TLong, -9223372036854775808.0, int64(math.MinInt64), ""},
		{types.TDouble, types.TInt, math.Copysign(0, -1), int64(0), ""},
		{types.TDouble, tDec, 0.285, decimal(29, 2), ""},
		{types.TDouble, tDec, -2.345, decimal(-235, 2), ""},
		{types.TDouble, tDec, 1000.0, nil, "1000 does not fit decimal(5, 2)"},
		{types.TDouble, tDec, math.NaN(), nil, "NaN is not a decimal"},
		{types.TLong, tDec, int64(999), decimal(99900, 2), ""},
		{types.TLong, tDec, int64(1000), nil, "1000 does not fit decimal(5, 2)"},
		{types.DecimalOf(6, 3), tDec, decimal(1005, 3), decimal(101, 2), ""},
		{types.DecimalOf(6, 3), tDec, decimal(-1005, 3), decimal(-101, 2), ""},
		{types.DecimalOf(6, 3), tDec, decimal(999995, 3), nil, "999.995 does not fit decimal(5, 2)"},
		{tDec, types.TDouble, decimal(-129, 2), -1.29, ""},
		{tDec, types.TLong, decimal(500, 2), int64(5), ""},
		{tDec, types.TLong, decimal(501, 2), nil, "5.01 is not a whole number"},
		{types.TBoolean, types.TInt, true, int64(1), ""},
		{tColor, types.TLong, "blue", int64(2), ""},
		{tColor, types.TString, "green", "green", ""},
		{tColor, tOther, "red", "red", ""},
		{tColor, tOther, "green", nil, `"green" is not a symbol of Other`},
		{types.TString, tColor, "green", "green", ""},
		{types.TString, tColor, "pink", nil, `"pink" is not a symbol of Color`},
		{types.TString, types.TLong, "-12", int64(-12), ""},
		{types.TString, types.TLong, "12a", nil, `"12a" is not a whole number`},
		{types.TString, types.TLong, "", nil, `"" is not a whole number`},
		{types.TString, types.TLong, "+-1", nil, `"+-1" is not a whole number`},
		{types.TString, types.TLong, "9223372036854775808", nil, `"9223372036854775808" does not fit a long`},
		{types.TString, types.TInt, "2147483648", nil, "2147483648 does not fit an int"},
		{types.TString, types.TDouble, "1.5e3", 1500.0, ""},
		{types.TString, types.TDouble, "0x10", nil, `"0x10" is not a number`},
		{types.TString, types.TDouble, "-Infinity", math.Inf(-1), ""},
		{types.TString, tDec, "1.005", decimal(101, 2), ""},
		{types.TString, tDec, "1.", nil, `"1." is not a number`},
		{types.TString, types.TBoolean, "true", true, ""},
		{types.TString, types.TBoolean, "yes", nil, `"yes" is neither true nor false`},
		{types.TString, types.TTimestamp, "2026-01-31T14:00:00+02:00", noon, ""},
		{types.TString, types.TDate, "1970-01-02", int64(1), ""},
		{types.TString, types.TDate, "1970-02-30", nil, `"1970-02-30" is not a date such as 2026-01-31`},
		{types.TString, types.TTime, "00:00:01.5", int64(1_500_000), ""},
		{types.TString, types.TDuration, "PT1M", int64(60_000_000), ""},
		{types.TString, types.TLocalTimestamp, "1970-01-01T00:00:01", int64(1_000_000), ""},
		{types.TString, types.TUUID, "123E4567-e89b-12d3-a456-426614174000", id, ""},
		{types.TString, types.TUUID, "123e4567-e89b-12d3-a456-42661417400", nil, `"123e4567-e89b-12d3-a456-42661417400" is not a UUID`},
		{types.TString, types.TBytes, "zü", []byte("z\xc3\xbc"), ""},
		{types.TString, types.TJSON, `{"a":1}`, `{"a":1}`, ""},
		{types.TString, types.TJSON, `{a:1}`, nil, `"{a:1}" is not JSON`},
		{types.TUUID, types.TString, id, "123e4567-e89b-12d3-a456-426614174000", ""},
		{types.TUUID, types.TBytes, id, id, ""},
		{tFixed, types.TString, []byte{1, 0xab}, "01ab", ""},
		{types.TBytes, types.TString, []byte("ok"), "ok", ""},
		{types.TBytes, types.TString, []byte{0xff}, nil, "the bytes are not UTF-8 text"},
		{types.TLong, types.TString, int64(-7), "-7", ""},
		{types.TDouble, types.TString, 1e21, "1e+21", ""},
		{types.TDouble, types.TString, 100.0, "100", ""},
		{types.TDouble, types.TString, math.Inf(-1), "-Infinity", ""},
		{types.TFloat, types.TString, float64(float32(0.1)), "0.1", ""},
		{tDec, types.TString, decimal(-5, 2), "-0.05", ""},
		{tDec, types.TString, decimal(150, 2), "1.50", ""},
		{types.TBoolean, types.TString, false, "false", ""},
		{types.TDate, types.TString, int64(-1), "1969-12-31", ""},
		{types.TTime, types.TString, int64(3_600_000_000), "01:00:00", ""},
		{types.TTimestamp, types.TString, noon + 250_000, "2026-01-31T12:00:00.25Z", ""},
		{types.TTimestamp, types.TString, noon, "2026-01-31T12:00:00Z", ""},
		{types.TLocalTimestamp, types.TString, noon, "2026-01-31T12:00:00", ""},
		{types.TDuration, types.TString, int64(5_400_000_000), "PT1H30M", ""},
		{types.TPeriod, types.TString, types.Per{Months: 14, Days: 3}, "P14M3D", ""},
		{types.TDate, types.TLocalTimestamp, int64(2), int64(2 * 86_400_000_000), ""},
		{types.TJSON, types.TLong, "12", int64(12), ""},
		{types.TJSON, types.TLong, "1.0e1", int64(10), ""},
		{types.TJSON, types.TLong, "1.5", nil, "1.5 is not a whole number"},
		{types.TJSON, types.TLong, `"12"`, nil, `"\"12\"" is not a number`},
		{types.TJSON, types.TLong, "null", nil, ""},
		{types.TJSON, types.TDouble, "1e2", 100.0, ""},
		{types.TJSON, tDec, "1.5", decimal(150, 2), ""},
		{types.TJSON, types.TBoolean, "false", false, ""},
		{types.TJSON, types.TBoolean, "0", nil, `"0" is not true or false`},
		{types.TJSON, types.TString, `"a\nb"`, "a\nb", ""},
		{types.TJSON, types.TString, `[1,2]`, "[1,2]", ""},
		{types.TJSON, types.TString, "null", nil, ""},
		{types.TJSON, types.TTimestamp, `"2026-01-31T12:00:00Z"`, noon, ""},
		{types.TJSON, types.TTimestamp, "5", nil, `"5" is not a string`},
		{types.TJSON, types.TTimestamp, "null", nil, ""},
		{types.TJSON, types.TDate, `"1970-01-02"`, int64(1), ""},
		{types.TLong, types.TJSON, int64(3), "3", ""},
		{tPair, types.TJSON, []any{int64(1), "x"}, `{"a":1,"b":"x"}`, ""},
		{tPair, tPairWide, []any{int64(1), "x"}, []any{"x", nil, int64(1)}, ""},
		{types.ArrayOf(types.TInt), types.ArrayOf(types.TLong.OrNull()), []any{int64(1), int64(2)}, []any{int64(1), int64(2)}, ""},
		{types.ArrayOf(types.TLong), types.ArrayOf(tDec), []any{int64(1), int64(1000)}, nil, "1000 does not fit decimal(5, 2)"},
		{types.MapOf(types.TInt), types.MapOf(types.TLong), types.MapValue{Keys: []string{"k"}, Values: []any{int64(9)}}, types.MapValue{Keys: []string{"k"}, Values: []any{int64(9)}}, ""},
	} {
		for _, e := range []ir.Expr{col(c.from, "x"), lit(c.from, c.x)} { // as a column and as a constant
			got, reason := one(t, &ir.Cast{Base: ir.Base{T: c.to.OrNull()}, X: e}, c.from, c.x)
			if reason != c.reason || c.reason == "" && !same(got, c.want) {
				t.Errorf("%s of %s: got %v %q, want %v %q", c.to, Format(c.from, c.x), got, reason, c.want, c.reason)
			}
		}
	}
}

func TestNoSuchCast(t *testing.T) {
	for _, c := range [][2]*types.Type{
		{types.TLong, types.TTimestamp}, {types.TTimestamp, types.TLong}, {types.TString, types.TGeography}, {types.TLong, types.TBoolean},
		{tShape, types.TLong}, {types.TLong, tLongs}, {types.ArrayOf(types.TDate), tLongs}, {tPoint, types.RecordOf(types.Field{Name: "x", Type: types.TBoolean})},
	} {
		if _, err := Compile(&ir.Cast{Base: ir.Base{T: c[1]}, X: col(c[0], "x")}, []types.Column{{Name: "x", Type: c[0]}}, Env{}); err == nil {
			t.Errorf("%s of %s compiled", c[1], c[0])
		}
	}
}

func TestDecimalArithmetic(t *testing.T) {
	max38, _ := new(big.Int).SetString("99999999999999999999999999999999999999", 10)
	for _, c := range []struct {
		op      ir.Op
		x, y    types.Dec
		px, py  int
		t       *types.Type
		want    string
		failure string
	}{
		{ir.Add, decimal(150, 2), decimal(1, 3), 5, 5, types.DecimalOf(7, 3), "1.501", ""},
		{ir.Sub, decimal(1, 0), decimal(1001, 3), 5, 5, types.DecimalOf(9, 3), "-0.001", ""},
		{ir.Mul, decimal(150, 2), decimal(-25, 1), 5, 5, types.DecimalOf(10, 3), "-3.750", ""},
		{ir.Div, decimal(1, 0), decimal(3, 0), 5, 5, types.DecimalOf(11, 6), "0.333333", ""},
		{ir.Div, decimal(2, 0), decimal(-3, 0), 5, 5, types.DecimalOf(11, 6), "-0.666667", ""},
		{ir.Div, decimal(1, 0), decimal(0, 2), 5, 5, types.DecimalOf(11, 6), "", "division by zero"},
		{ir.Mod, decimal(-750, 2), decimal(2, 0), 5, 5, types.DecimalOf(5, 2), "-1.50", ""},
		{ir.Mod, decimal(1, 0), decimal(0, 0), 5, 5, types.DecimalOf(5, 2), "", "division by zero"},
		{ir.Add, types.Dec{Unscaled: max38}, decimal(1, 0), 38, 1, types.DecimalOf(38, 0), "", "the result does not fit decimal(38, 0)"},
		{ir.Add, types.Dec{Unscaled: max38}, types.Dec{Unscaled: max38}, 38, 38, types.DecimalOf(38, 0), "", "the result does not fit decimal(38, 0)"},
		{ir.Mul, types.Dec{Unscaled: max38, Scale: 20}, decimal(1, 18), 38, 20, types.DecimalOf(38, 20), "1.00000000000000000000", ""},
		{ir.Mul, decimal(5, 2), decimal(5, 1), 2, 2, types.DecimalOf(4, 2), "0.03", ""},
	} {
		e := bin(c.t, c.op, lit(types.DecimalOf(c.px, c.x.Scale), c.x), col(types.DecimalOf(c.py, c.y.Scale), "x"))
		got, reason := one(t, e, types.DecimalOf(c.py, c.y.Scale), c.y)
		text := ""
		if d, ok := got.(types.Dec); ok {
			text = d.String()
		}
		if text != c.want || reason != c.failure {
			t.Errorf("%s %s %s: got %q %q, want %q %q", c.x, c.op, c.y, text, reason, c.want, c.failure)
		}
	}
}

func TestDatePlusPeriod(t *testing.T) {
	// 2024-01-31 is day 19753; one month later is 29 February, day 19782.
	e := bin(types.TDate, ir.Add, col(types.TDate, "x"), lit(types.TPeriod, types.Per{Months: 1}))
	if got, reason := one(t, e, types.TDate, int64(19753)); got != int64(19782) {
		t.Errorf("got %v %s", got, reason)
	}
	e = bin(types.TDate, ir.Sub, col(types.TDate, "x"), lit(types.TPeriod, types.Per{Months: 1, Days: 1}))
	if got, reason := one(t, e, types.TDate, int64(19782)); got != int64(19750) { // 29 January less a day
		t.Errorf("got %v %s", got, reason)
	}
}
