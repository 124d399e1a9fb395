package kernel

import (
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// TestWideNumbers compares with big numbers of all lengths, also of ones and zeros.
func TestWideNumbers(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	word := func() uint64 {
		switch r.IntN(4) {
		case 0:
			return 0
		case 1:
			return ^uint64(0)
		}
		return r.Uint64() >> r.IntN(64)
	}
	for range 50_000 {
		w := wideNum{words: [4]uint64{word(), word(), word(), word() >> 1}, negative: r.IntN(2) == 0}
		o := wideNum{words: [4]uint64{word(), word(), word(), word() >> 1}, negative: r.IntN(2) == 0}
		by := half{word(), word() >> 1}
		if got, want := w.plus(o).big(), new(big.Int).Add(w.big(), o.big()); got.Cmp(want) != 0 {
			t.Fatalf("%v + %v = %v, want %v", w, o, got, want)
		}
		if by == (half{}) {
			continue
		}
		divisor := wideNum{words: [4]uint64{by[0], by[1]}}.big()
		q, m := w, new(big.Int)
		q.negative = false
		want, rest := new(big.Int).QuoRem(q.big(), divisor, m)
		left := q.divide(by)
		if q.big().Cmp(want) != 0 || (wideNum{words: [4]uint64{left[0], left[1]}}).big().Cmp(rest) != 0 {
			t.Fatalf("%v / %v = %v and %v, want %v and %v", w, by, q, left, want, rest)
		}
		if got, want := w.over(by).big(), roundQuo(w.big(), divisor); got.Cmp(want) != 0 {
			t.Fatalf("%v / %v rounds to %v, want %v", w, by, got, want)
		}
		x, y := decimal128.New(int64(by[1]), by[0]), decimal128.New(int64(word()>>1), word())
		if got, want := (wideNum{words: product(halfOf(x), halfOf(y))}).big(), new(big.Int).Mul(x.BigInt(), y.BigInt()); got.Cmp(want) != 0 {
			t.Fatalf("%v * %v = %v, want %v", x, y, got, want)
		}
	}
}

// TestAppendDecimal compares with what Arrow writes.
func TestAppendDecimal(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 4))
	for range 5000 {
		n := decimal128.New(int64(r.Uint64()>>2>>r.IntN(64)), r.Uint64()>>r.IntN(64))
		if r.IntN(2) == 0 {
			n = n.Negate()
		}
		scale := r.IntN(39)
		if got, want := string(AppendDecimal(nil, n, scale)), n.ToString(int32(scale)); got != want {
			t.Fatalf("%v with %d digits is %s, want %s", n.BigInt(), scale, got, want)
		}
	}
}
