package reprosum

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"
)

// exactSum is the reference: the sum as a rational, rounded once.
func exactSum(xs []float64) float64 {
	total := new(big.Rat)
	for _, x := range xs {
		total.Add(total, new(big.Rat).SetFloat64(x))
	}
	f, _ := total.Float64()
	return f
}

func seeded(t testing.TB) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// numbers draws doubles of a kind: prices, the whole range, subnormals, or ones
// that nearly cancel.
func numbers(r *rand.Rand, kind, n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		switch kind {
		case 0:
			xs[i] = float64(r.IntN(10_000_000)) / 100
		case 1:
			xs[i] = math.Float64frombits(r.Uint64())
			for math.IsNaN(xs[i]) || math.IsInf(xs[i], 0) {
				xs[i] = math.Float64frombits(r.Uint64())
			}
		case 2:
			xs[i] = math.Float64frombits(r.Uint64() & (1<<53 - 1 | 1<<63))
		case 3:
			xs[i] = math.Ldexp(r.Float64()-0.5, r.IntN(140)-70)
			if i%2 == 1 {
				xs[i] = -xs[i-1] * (1 + 0x1p-52)
			}
		}
	}
	return xs
}

func TestSumIsExact(t *testing.T) {
	r := seeded(t)
	for range 400 {
		xs := numbers(r, r.IntN(4), 1+r.IntN(60))
		var s Sum
		for _, x := range xs {
			s.Add(x)
		}
		if got, want := s.Value(), exactSum(xs); got != want {
			t.Fatalf("sum of %v is %v, want %v", xs, got, want)
		}
	}
}

func TestSumIgnoresOrderPartsAndRetractions(t *testing.T) {
	r := seeded(t)
	for range 200 {
		xs := numbers(r, r.IntN(4), 40)
		gone := numbers(r, r.IntN(4), 20)
		var plain, parts, back Sum
		for _, x := range xs {
			plain.Add(x)
		}
		var left, right Sum
		for i, p := range r.Perm(len(xs)) {
			if i%3 == 0 {
				left.Add(xs[p])
			} else {
				right.Add(xs[p])
			}
		}
		parts.Merge(&right)
		parts.Merge(&left)
		for _, x := range gone {
			back.Add(x)
		}
		for _, p := range r.Perm(len(xs)) {
			back.Add(xs[p])
		}
		for _, p := range r.Perm(len(gone)) {
			back.Sub(gone[p])
		}
		want := math.Float64bits(plain.Value())
		if got := math.Float64bits(parts.Value()); got != want {
			t.Errorf("partial sums give %x, want %x", got, want)
		}
		if got := math.Float64bits(back.Value()); got != want {
			t.Errorf("after retraction %x, want %x", got, want)
		}
	}
}

func TestRounding(t *testing.T) {
	tests := []struct {
		name string
		xs   []float64
		want float64
	}{
		{"empty", nil, 0},
		{"negative zero", []float64{math.Copysign(0, -1)}, 0},
		{"ten tenths", []float64{.1, .1, .1, .1, .1, .1, .1, .1, .1, .1}, 1},
		{"cancels", []float64{1e300, 1, -1e300}, 1},
		{"tie to even down", []float64{1, 0x1p-53}, 1},
		{"tie to even up", []float64{1 + 0x1p-52, 0x1p-53}, 1 + 0x1p-51},
		{"above a tie", []float64{1, 0x1p-53, 0x1p-1074}, 1 + 0x1p-52},
		{"carry into the exponent", []float64{2 - 0x1p-52, 0x1p-53}, 2},
		{"smallest", []float64{5e-324, 5e-324}, 1e-323},
		{"subnormal to normal", []float64{0x1p-1022 - 0x1p-1074, 0x1p-1074}, 0x1p-1022},
		{"too large", []float64{math.MaxFloat64, math.MaxFloat64}, math.Inf(1)},
		{"too large and back", []float64{math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64}, math.MaxFloat64},
		{"rounds to infinity", []float64{math.MaxFloat64, 0x1p970}, math.Inf(1)},
		{"infinity", []float64{1, math.Inf(-1)}, math.Inf(-1)},
	}
	for _, tt := range tests {
		var s Sum
		for _, x := range tt.xs {
			s.Add(x)
		}
		if got := s.Value(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestSpecialsCanBeTakenBack(t *testing.T) {
	var s Sum
	for _, x := range []float64{1.5, math.Inf(1), math.Inf(-1), math.NaN()} {
		s.Add(x)
	}
	if !math.IsNaN(s.Value()) {
		t.Errorf("with NaN: %v", s.Value())
	}
	s.Sub(math.NaN())
	if !math.IsNaN(s.Value()) {
		t.Errorf("with both infinities: %v", s.Value())
	}
	s.Sub(math.Inf(1))
	if !math.IsInf(s.Value(), -1) {
		t.Errorf("with -inf: %v", s.Value())
	}
	s.Sub(math.Inf(-1))
	if s.Value() != 1.5 {
		t.Errorf("without specials: %v", s.Value())
	}
}

func TestMeanBeyondRange(t *testing.T) {
	var s Sum
	for range 10 {
		s.Add(1e308)
	}
	if got := s.Mean(10); got != 1e308 {
		t.Errorf("mean is %v", got)
	}
}

func TestProductsAreExact(t *testing.T) {
	r := seeded(t)
	for range 200 {
		var second, third, fourth Sum
		want2, want3, want4 := new(big.Rat), new(big.Rat), new(big.Rat)
		for range 20 {
			x := math.Ldexp(r.Float64()-0.5, r.IntN(60)-30)
			q := new(big.Rat).SetFloat64(x)
			q2 := new(big.Rat).Mul(q, q)
			want2.Add(want2, q2)
			want3.Add(want3, new(big.Rat).Mul(q2, q))
			want4.Add(want4, new(big.Rat).Mul(q2, q2))
			second.AddProduct(x, x)
			third.AddPower(x, 3)
			fourth.AddPower(x, 4)
		}
		for i, s := range []*Sum{&second, &third, &fourth} {
			n, shift := s.Big()
			got := new(big.Rat).SetInt(n)
			scale := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), uint(-Unit-shift)))
			got.Mul(got, scale)
			if want := []*big.Rat{want2, want3, want4}[i]; got.Cmp(want) != 0 {
				t.Fatalf("power %d is %v, want %v", i+2, got, want)
			}
		}
	}
}

func TestStateRoundTrips(t *testing.T) {
	r := seeded(t)
	for kind := range 4 {
		var s, back Sum
		for _, x := range numbers(r, kind, 30) {
			s.Add(x)
		}
		state := s.AppendBinary(nil)
		rest, err := back.Decode(append(state, 7))
		if err != nil || len(rest) != 1 || back.Value() != s.Value() {
			t.Errorf("kind %d: %v, %d bytes left, %v instead of %v", kind, err, len(rest), back.Value(), s.Value())
		}
		if _, err := back.Decode(state[:len(state)-1]); err == nil {
			t.Errorf("a state cut short was accepted")
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	xs := numbers(r, 0, 4096)
	sums := make([]Sum, 512)
	b.ReportAllocs()
	for b.Loop() {
		for i, x := range xs {
			sums[i&511].Add(x)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/row")
}

// Sums of numbers of one magnitude are put together without an accumulator of the whole
// range, whatever their first numbers are.
func TestMergesStayNear(t *testing.T) {
	r := seeded(t)
	for range 2000 {
		apart := r.IntN(70)
		var all []float64
		var s Sum
		for range 1 + r.IntN(6) {
			var part Sum
			for range 1 + r.IntN(5) {
				x := math.Ldexp(float64(r.IntN(2000)-1000), r.IntN(apart+1)-apart/2)
				all = append(all, x)
				part.Add(x)
			}
			s.Merge(&part)
		}
		if got, want := s.Value(), exactSum(all); got != want {
			t.Fatalf("sum of %v is %v, want %v", all, got, want)
		}
		if apart < 30 && s.far != nil {
			t.Fatalf("the sum of %v is of the whole range", all)
		}
	}
}
