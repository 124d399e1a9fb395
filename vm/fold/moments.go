package fold

import (
	"math"

	"github.com/edynamic/edynamic/vm/reprosum"
	"github.com/edynamic/edynamic/vm/wire"
)

// Moments is the count and the exact power sums of numbers, up to a power that its
// user chooses and keeps to.
type Moments struct {
	N    int64
	Sums [4]*reprosum.Sum // of x, x², x³, x⁴; nil before the first number
}

// Add adds a number with its powers up to the given one.
func (m *Moments) Add(x float64, power int) {
	m.N++
	m.grow(power)
	m.Sums[0].Add(x)
	if power >= 2 {
		m.Sums[1].AddProduct(x, x)
	}
	for p := 3; p <= power; p++ {
		m.Sums[p-1].AddPower(x, p)
	}
}

// Sub takes a number back.
func (m *Moments) Sub(x float64, power int) {
	m.N--
	m.grow(power)
	m.Sums[0].Sub(x)
	if power >= 2 {
		m.Sums[1].SubProduct(x, x)
	}
	for p := 3; p <= power; p++ {
		m.Sums[p-1].SubPower(x, p)
	}
}

func (m *Moments) grow(power int) {
	if m.Sums[power-1] != nil {
		return
	}
	block := make([]reprosum.Sum, power)
	for i := range block {
		m.Sums[i] = &block[i]
	}
}

// Save writes the moments.
func (m *Moments) Save(w *wire.Writer) {
	w.Int(m.N)
	power := 0
	for power < 4 && m.Sums[power] != nil {
		power++
	}
	w.Uint(uint64(power))
	for _, s := range m.Sums[:power] {
		w.Buf = s.AppendBinary(w.Buf)
	}
}

// Load reads the moments back.
func (m *Moments) Load(r *wire.Reader) {
	m.N = r.Int()
	power := min(r.Uint(), 4)
	if power > 0 {
		m.grow(int(power))
	}
	for _, s := range m.Sums[:power] {
		r.Rest(s.Decode)
	}
}

// central is n^(power-1) times the sum of the powers of deviations from the mean,
// exactly; for power 2 that is n * sum((x - mean)²). false when a NaN or infinity
// is among the numbers.
func (m *Moments) central(power int) (dyadic, bool) {
	var s [4]dyadic
	for i := range power {
		if _, special := m.Sums[i].Special(); special {
			return dyadic{}, false
		}
		s[i] = dyadicOf(m.Sums[i])
	}
	n, s1, s2, s3, s4 := whole(m.N), s[0], s[1], s[2], s[3]
	switch power {
	case 2: // n S2 - S1²
		return mul(n, s2).sub(mul(s1, s1)), true
	case 3: // n² S3 - 3 n S1 S2 + 2 S1³
		return mul(n, n, s3).sub(mul(whole(3), n, s1, s2)).add(mul(whole(2), s1, s1, s1)), true
	default: // n³ S4 - 4 n² S1 S3 + 6 n S1² S2 - 3 S1⁴
		v := mul(n, n, n, s4).sub(mul(whole(4), n, n, s1, s3))
		return v.add(mul(whole(6), n, s1, s1, s2)).sub(mul(whole(3), s1, s1, s1, s1)), true
	}
}

// Variance is the mean of the squared deviations, over n less the given number of
// degrees of freedom; false for too few numbers.
func (m *Moments) Variance(less int64) (float64, bool) {
	if m.N <= less {
		return 0, false
	}
	c, ok := m.central(2)
	if !ok {
		return math.NaN(), true
	}
	return c.over(mul(whole(m.N), whole(m.N-less))), true
}

// Skewness is the bias-corrected skewness of a sample; false for fewer than three
// numbers or equal ones.
func (m *Moments) Skewness() (float64, bool) {
	if m.N < 3 {
		return 0, false
	}
	m2, ok := m.central(2)
	m3, _ := m.central(3)
	if !ok {
		return math.NaN(), true
	}
	if m2.sign() == 0 {
		return 0, false
	}
	// With c2 = n² M2 and c3 = n³ M3, g1 = M3 / M2^1.5 = sqrt(c3² / c2³).
	n := float64(m.N)
	g := math.Sqrt(mul(m3, m3).over(mul(m2, m2, m2)))
	if m3.sign() < 0 {
		g = -g
	}
	return g * math.Sqrt(n*(n-1)) / (n - 2), true
}

// Kurtosis is the bias-corrected excess kurtosis of a sample; false for fewer than
// four numbers or equal ones.
func (m *Moments) Kurtosis() (float64, bool) {
	if m.N < 4 {
		return 0, false
	}
	m2, ok := m.central(2)
	m4, _ := m.central(4)
	if !ok {
		return math.NaN(), true
	}
	if m2.sign() == 0 {
		return 0, false
	}
	// (n-1) / ((n-2)(n-3)) * ((n+1) (c4/c2² - 3) + 6), over one denominator.
	square := mul(m2, m2)
	v := mul(whole(m.N+1), m4.sub(mul(whole(3), square))).add(mul(whole(6), square))
	return mul(whole(m.N-1), v).over(mul(whole(m.N-2), whole(m.N-3), square)), true
}

// Pairs is the count and the exact sums of pairs of numbers.
type Pairs struct {
	N    int64
	sums *[5]reprosum.Sum // of x, y, xy, x², y²
}

// Add adds a pair.
func (p *Pairs) Add(x, y float64) {
	p.N++
	p.grow()
	p.sums[0].Add(x)
	p.sums[1].Add(y)
	p.sums[2].AddProduct(x, y)
	p.sums[3].AddProduct(x, x)
	p.sums[4].AddProduct(y, y)
}

// Sub takes a pair back.
func (p *Pairs) Sub(x, y float64) {
	p.N--
	p.grow()
	p.sums[0].Sub(x)
	p.sums[1].Sub(y)
	p.sums[2].SubProduct(x, y)
	p.sums[3].SubProduct(x, x)
	p.sums[4].SubProduct(y, y)
}

func (p *Pairs) grow() {
	if p.sums == nil {
		p.sums = new([5]reprosum.Sum)
	}
}

// Save writes the sums.
func (p *Pairs) Save(w *wire.Writer) {
	w.Int(p.N)
	w.Bool(p.sums != nil)
	if p.sums != nil {
		for i := range p.sums {
			w.Buf = p.sums[i].AppendBinary(w.Buf)
		}
	}
}

// Load reads the sums back.
func (p *Pairs) Load(r *wire.Reader) {
	p.N = r.Int()
	if !r.Bool() {
		return
	}
	p.grow()
	for i := range p.sums {
		r.Rest(p.sums[i].Decode)
	}
}

// Fit is what correlation and regression are computed from: n times the sums of
// products of deviations, exactly.
type Fit struct {
	N             int64
	NaN           bool // a NaN or infinity is among the numbers
	sx, sy        dyadic
	sxx, syy, sxy dyadic
}

// Fit computes the sums of deviations; false without pairs.
func (p *Pairs) Fit() (Fit, bool) {
	if p.N <= 0 || p.sums == nil {
		return Fit{}, false
	}
	var s [5]dyadic
	for i := range s {
		if _, special := p.sums[i].Special(); special {
			return Fit{N: p.N, NaN: true}, true
		}
		s[i] = dyadicOf(&p.sums[i])
	}
	n := whole(p.N)
	return Fit{
		N: p.N, sx: s[0], sy: s[1],
		sxx: mul(n, s[3]).sub(mul(s[0], s[0])),
		syy: mul(n, s[4]).sub(mul(s[1], s[1])),
		sxy: mul(n, s[2]).sub(mul(s[0], s[1])),
	}, true
}

// Covariance is over n less the given number of degrees of freedom.
func (f Fit) Covariance(less int64) (float64, bool) {
	switch {
	case f.N <= less:
		return 0, false
	case f.NaN:
		return math.NaN(), true
	}
	return f.sxy.over(mul(whole(f.N), whole(f.N-less))), true
}

// Correlation is Pearson's; false where one side does not vary.
func (f Fit) Correlation() (float64, bool) {
	square, ok := f.R2()
	if !ok || f.NaN {
		return square, ok
	}
	r := math.Sqrt(square)
	if f.sxy.sign() < 0 {
		r = -r
	}
	return r, true
}

// R2 is the square of the correlation.
func (f Fit) R2() (float64, bool) {
	switch {
	case f.NaN:
		return math.NaN(), true
	case f.sxx.sign() == 0 || f.syy.sign() == 0:
		return 0, false
	}
	return mul(f.sxy, f.sxy).over(mul(f.sxx, f.syy)), true
}

// Slope is that of the line y = slope * x + intercept of least squares; false where
// x does not vary.
func (f Fit) Slope() (float64, bool) {
	switch {
	case f.NaN:
		return math.NaN(), true
	case f.sxx.sign() == 0:
		return 0, false
	}
	return f.sxy.over(f.sxx), true
}

// Intercept is that of the same line.
func (f Fit) Intercept() (float64, bool) {
	switch {
	case f.NaN:
		return math.NaN(), true
	case f.sxx.sign() == 0:
		return 0, false
	}
	// (Sy - slope Sx) / n with slope = sxy / sxx
	return mul(f.sy, f.sxx).sub(mul(f.sxy, f.sx)).over(mul(whole(f.N), f.sxx)), true
}
