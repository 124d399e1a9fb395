package text

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

func scanned(t *testing.T, s string) Number {
	t.Helper()
	var n Number
	if length := n.Scan([]byte(s)); length != len(s) {
		t.Fatalf("%q: %d of %d bytes are a number", s, length, len(s))
	}
	return n
}

func TestScanRefuses(t *testing.T) {
	for _, s := range []string{"", "-", "01", ".5", "1.", "1e", "1e+", "+1", "x", "-a"} {
		var n Number
		if length := n.Scan([]byte(s)); length != 0 {
			t.Errorf("%q has a number of %d bytes", s, length)
		}
	}
}

// TestNumbersAgreeWithStrconv compares doubles and integers of random texts.
func TestNumbersAgreeWithStrconv(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	for range 20000 {
		f := math.Float64frombits(r.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		forms := []string{
			strconv.FormatFloat(f, 'e', r.IntN(25), 64), strconv.FormatFloat(f, 'g', -1, 64),
			strconv.FormatFloat(r.NormFloat64()*1e5, 'f', r.IntN(25), 64), strconv.FormatUint(r.Uint64(), 10) + "." + strconv.FormatUint(r.Uint64(), 10),
		}
		for _, s := range forms {
			want, err := strconv.ParseFloat(s, 64)
			n := scanned(t, s)
			got, ok := n.Double([]byte(s))
			if ok != (err == nil) || ok && math.Float64bits(got) != math.Float64bits(want) {
				t.Fatalf("%s is %v, not %v", s, got, want)
			}
		}
		i := r.Int64()>>r.IntN(64) | 1
		s := strconv.FormatInt(i, 10)
		for _, form := range []string{s, s + ".000", s + "e0", s + "0e-1"} {
			n := scanned(t, form)
			if got, why := n.Scaled(0, false); got != i || why != Fits {
				t.Fatalf("%s is %d (%d)", form, got, why)
			}
		}
	}
}

func TestScaled(t *testing.T) {
	cases := []struct {
		in    string
		scale int
		cut   bool
		want  int64
		why   int
	}{
		{"1.5", 3, false, 1500, Fits},
		{"1.5", 0, false, 0, NotWhole},
		{"1.5", 0, true, 1, Fits},
		{"-1.9999999", 6, true, -1999999, Fits},
		{"0.00000000000000000000000000001", 0, true, 0, Fits},
		{"10e-30", 0, false, 0, NotWhole},
		{"0e999999999", 3, false, 0, Fits},
		{"1e19", 0, false, 0, TooLarge},
		{"9223372036854775808", 0, false, 0, TooLarge},
		{"-9223372036854775808", 0, false, math.MinInt64, Fits},
		{"9223372036854775807", 1, false, 0, TooLarge},
		{"1.00000000000000000000000000000001", 0, false, 0, NotWhole},
		{"1.00000000000000000000000000000000", 0, false, 1, Fits},
		{"123456789012345678901", 0, false, 0, TooLarge},
	}
	for _, c := range cases {
		n := scanned(t, c.in)
		if got, why := n.Scaled(c.scale, c.cut); got != c.want || why != c.why {
			t.Errorf("%s at scale %d: %d (%d), not %d (%d)", c.in, c.scale, got, why, c.want, c.why)
		}
	}
}

func TestDecimal(t *testing.T) {
	cases := []struct {
		in               string
		precision, scale int
		want             string // with its scale
		why              int
	}{
		{"12.5", 5, 2, "12.50", Fits},
		{"-0.01", 5, 2, "-0.01", Fits},
		{"0", 5, 2, "0.00", Fits},
		{"999.99", 5, 2, "999.99", Fits},
		{"1000", 5, 2, "", TooLarge},
		{"0.001", 5, 2, "", NotWhole},
		{"1e2", 5, 2, "100.00", Fits},
		{"12345678901234567890123456789012345678", 38, 0, "12345678901234567890123456789012345678", Fits},
		{"-99999999999999999999999999.999999999999", 38, 12, "-99999999999999999999999999.999999999999", Fits},
		{"1e38", 38, 0, "", TooLarge},
		{"1e999999", 38, 0, "", TooLarge},
		{"0.0000000000000000000000000000000000001", 38, 36, "", NotWhole},
		{"1e-999999", 38, 2, "", NotWhole},
		{"0e-999999", 38, 2, "0.00", Fits},
	}
	for _, c := range cases {
		n := scanned(t, c.in)
		got, why := n.Decimal([]byte(c.in), c.precision, c.scale)
		if why != c.why {
			t.Errorf("%s as decimal(%d, %d): %d, not %d", c.in, c.precision, c.scale, why, c.why)
		} else if text := string(AppendDecimal(nil, got, c.scale)); why == Fits && text != c.want {
			t.Errorf("%s as decimal(%d, %d): %s, not %s", c.in, c.precision, c.scale, text, c.want)
		}
	}
	least := new(big.Int).Neg(new(big.Int).Sub(new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil), big.NewInt(1)))
	if got := string(AppendDecimal(nil, decimal128.FromBigInt(least), 0)); got != least.String() {
		t.Error(got)
	}
}

func TestAppendDouble(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", 1: "1", -2.5: "-2.5", 1e20: "100000000000000000000", 1e21: "1e+21", 1e-6: "0.000001", 1e-7: "1e-7", 1.5e-10: "1.5e-10", 5e-324: "5e-324",
	} {
		if got := string(AppendDouble(nil, f, 64)); got != want {
			t.Errorf("%v is %s", f, got)
		}
	}
	if got := string(AppendDouble(nil, float64(float32(0.1)), 32)); got != "0.1" {
		t.Error(got)
	}
}

func TestUUID(t *testing.T) {
	var id [16]byte
	if !UUID(&id, []byte("01234567-89aB-Cdef-0123-456789abcdef")) || string(AppendUUID(nil, id[:])) != "01234567-89ab-cdef-0123-456789abcdef" {
		t.Errorf("%x", id)
	}
	for _, s := range []string{"", "01234567-89ab-cdef-0123-456789abcde", "0123456789abcdef0123456789abcdef----", "01234567-89ab-cdef-0123-456789abcdeg", "0-234567-89ab-cdef-0123-456789abcdef"} {
		if UUID(&id, []byte(s)) {
			t.Errorf("%q is a uuid", s)
		}
	}
}

func TestPeriod(t *testing.T) {
	for in, want := range map[string]string{"P1Y2M3W4D": "P14M25D", "-P1M": "P-1M", "P-1M2D": "P-1M2D", "P0D": "P0D", "P2W": "P14D"} {
		months, days, ok := Period([]byte(in))
		if got := string(AppendPeriod(nil, months, days)); !ok || got != want {
			t.Errorf("%s is %s, %t", in, got, ok)
		}
	}
	for _, in := range []string{"", "P", "1M", "P1", "P1D1M", "PT1H", "P1MT1H", "P99999999999M", "P1M1M"} {
		if _, _, ok := Period([]byte(in)); ok {
			t.Errorf("%q is a period", in)
		}
	}
}

func TestAppendEpoch(t *testing.T) {
	for _, c := range []struct {
		micros int64
		scale  int
		want   string
	}{
		{1517363399650000, 3, "1517363399650"}, {1517363399650001, 3, "1517363399650.001"}, {-500, 3, "-0.5"}, {1500000, 6, "1.5"},
		{7, 0, "7"}, {7, -3, "7000"}, {0, -3, "0"}, {math.MinInt64, 6, "-9223372036854.775808"},
	} {
		if got := string(appendEpoch(nil, c.micros, c.scale)); got != c.want {
			t.Errorf("%d at scale %d is %s, not %s", c.micros, c.scale, got, c.want)
		}
	}
}
