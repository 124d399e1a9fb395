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

func TestExtremesAfterManyTurns(t *testing.T) {
	var e Extremes
	e.Add([]byte("m"), true)
	for range 1000 {
		e.Add([]byte("z"), true)
		e.Sub([]byte("z"))
	}
	if top, ok := e.Top(); !ok || top != "m" {
		t.Errorf("top is %q, %v", top, ok)
	}
	if len(e.top.codes) > 64 {
		t.Errorf("the heap has %d codes for one value", len(e.top.codes))
	}
}
