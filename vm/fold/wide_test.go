package fold

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

func TestWideAgainstBig(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var w Wide
	want := new(big.Int)
	for range 2000 {
		d := decimal128.New(int64(r.Uint64())>>r.IntN(64), r.Uint64())
		n := int64(r.Uint64()) >> r.IntN(64)
		if r.IntN(2) == 0 {
			w.AddDecimal(d)
			want.Add(want, d.BigInt())
			w.SubLong(n)
			want.Sub(want, big.NewInt(n))
		} else {
			w.SubDecimal(d)
			want.Sub(want, d.BigInt())
			w.AddLong(n)
			want.Add(want, big.NewInt(n))
		}
		if w.Big().Cmp(want) != 0 {
			t.Fatalf("sum is %v, want %v", w.Big(), want)
		}
		if v, ok := w.Long(); ok != want.IsInt64() || ok && v != want.Int64() {
			t.Fatalf("%v as a long is %d, %v", want, v, ok)
		}
	}
}

func TestWideResults(t *testing.T) {
	var w Wide
	for range 3 {
		w.AddLong(math.MaxInt64)
	}
	if _, ok := w.Long(); ok {
		t.Error("three times the largest long fits a long")
	}
	if got := w.Ratio(3); got != math.MaxInt64 {
		t.Errorf("mean is %v", got)
	}
	if got, ok := w.DecimalMean(3, 0, 38); !ok || got != decimal128.FromI64(math.MaxInt64) {
		t.Errorf("mean is %v, %v", got, ok)
	}
	if _, ok := w.Decimal(19); ok {
		t.Error("twenty digits fit nineteen")
	}
	for sum, want := range map[int64]int64{5: 3, -5: -3, 4: 2, 1: 1, -1: -1} { // halves, away from zero
		var w Wide
		w.AddLong(sum)
		if got, _ := w.DecimalMean(2, 0, 38); got != decimal128.FromI64(want) {
			t.Errorf("%d / 2 rounds to %v, want %d", sum, got, want)
		}
	}
}

// TestWideResultsAgainstBig divides sums of all lengths and compares with fractions of
// big numbers.
func TestWideResultsAgainstBig(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	for range 20_000 {
		w := Wide{lo: r.Uint64(), mid: r.Uint64(), hi: int64(r.Uint64()) >> (8 + r.IntN(56))}
		if r.IntN(2) == 0 {
			w = Wide{}
			w.AddDecimal(decimal128.New(int64(r.Uint64())>>r.IntN(64), r.Uint64()>>r.IntN(64)))
		}
		n := int64(r.Uint64()>>11>>r.IntN(53)) + 1 // a count
		if r.IntN(4) == 0 {                        // a mean that lies in the middle, or nearly
			w = Wide{}
			for range 2 {
				w.AddDecimal(decimal128.New(0, (1<<54|r.Uint64()>>r.IntN(64))>>r.IntN(3)))
			}
			n = 1 << r.IntN(8)
		}
		want, _ := new(big.Rat).SetFrac(w.Big(), big.NewInt(n)).Float64()
		if got := w.Ratio(n); got != want {
			t.Fatalf("%v / %d is %v, want %v", w.Big(), n, got, want)
		}
		more, precision := r.IntN(5), 1+r.IntN(38)
		mean := new(big.Rat).SetFrac(w.Big(), big.NewInt(n))
		text, _ := new(big.Int).SetString(mean.Mul(mean, new(big.Rat).SetInt(power(more))).FloatString(0), 10) // halves away from zero
		got, ok := w.DecimalMean(n, more, precision)
		checkDecimal(t, "mean", got, ok, text, precision)
		got, ok = w.Decimal(precision)
		checkDecimal(t, "sum", got, ok, w.Big(), precision)
	}
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func checkDecimal(t *testing.T, what string, got decimal128.Num, ok bool, want *big.Int, precision int) {
	t.Helper()
	if fits := want.CmpAbs(power(precision)) < 0; ok != fits || ok && got.BigInt().Cmp(want) != 0 {
		t.Fatalf("%s is %v (%v), want %v in %d digits", what, got.BigInt(), ok, want, precision)
	}
}
