package fold

import (
	"math"
	"math/bits"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// Buckets is a sketch of the distribution of doubles: numbers that agree in sign,
// exponent and the first 7 bits of their fraction share a bucket, which keeps how
// many they are and their exact mean. A value read from it is off by less than
// 0.8 % of itself, and not at all where a bucket holds one distinct number.
//
// The sketch is the same whatever the order of its numbers; numbers can be taken
// back.
type Buckets struct {
	n    int64
	nans int64
	list []bucket // by index, ascending
}

// bucket counts numbers; sum is that of their fractions, in units of the last bit.
type bucket struct {
	index  int32
	n      int64
	lo, hi uint64
}

const fractionBits = 52 - 7

// Add adds a number; count is 1, or -1 to take it back.
func (b *Buckets) Add(x float64, count int64) {
	b.n += count
	if x != x {
		b.nans += count
		return
	}
	o := keycode.OrderedDouble(x + 0) // -0.0 + 0 is 0.0
	index := int32(o >> fractionBits)
	at, found := slices.BinarySearchFunc(b.list, index, func(k bucket, index int32) int { return int(k.index - index) })
	if !found {
		b.list = slices.Insert(b.list, at, bucket{index: index})
	}
	k := &b.list[at]
	low := o & (1<<fractionBits - 1)
	var c uint64
	if k.n += count; count > 0 {
		k.lo, c = bits.Add64(k.lo, low, 0)
		k.hi += c
	} else {
		k.lo, c = bits.Sub64(k.lo, low, 0)
		k.hi -= c
	}
	if k.n == 0 {
		b.list = slices.Delete(b.list, at, at+1)
	}
}

// mean is the mean of a bucket's numbers, to the last bit of their fractions.
func (k *bucket) mean() float64 {
	q, _ := bits.Div64(k.hi, k.lo, uint64(k.n))
	return keycode.DoubleOf(uint64(uint32(k.index))<<fractionBits | q)
}

// at is the number at a rank counted from 0.
func (b *Buckets) at(rank int64) float64 {
	for i := range b.list {
		if rank -= b.list[i].n; rank < 0 {
			return b.list[i].mean()
		}
	}
	return math.NaN()
}

// Quantile is the number that a fraction q of the numbers lies below, interpolated
// between the two nearest; false when there is none.
func (b *Buckets) Quantile(q float64) (float64, bool) {
	if b.n <= 0 {
		return 0, false
	}
	return interpolate(b.n, q, b.at), true
}

// interpolate is the quantile of n numbers given in ascending order.
func interpolate(n int64, q float64, at func(rank int64) float64) float64 {
	pos := q * float64(n-1)
	rank := int64(pos)
	lo := at(rank)
	part := pos - float64(rank)
	if part == 0 {
		return lo
	}
	hi := at(rank + 1)
	if lo == hi {
		return lo
	}
	return lo + float64((hi-lo)*part)
}

// Save writes the sketch.
func (b *Buckets) Save(w *wire.Writer) {
	w.Int(b.nans)
	w.Uint(uint64(len(b.list)))
	for _, k := range b.list {
		w.Int(int64(k.index))
		w.Int(k.n)
		w.Uint(k.lo)
		w.Uint(k.hi)
	}
}

// Load reads the sketch back.
func (b *Buckets) Load(r *wire.Reader) {
	b.nans = r.Int()
	b.n = b.nans
	for range r.Len() {
		b.list = append(b.list, bucket{index: int32(r.Int()), n: r.Int(), lo: r.Uint(), hi: r.Uint()})
		b.n += b.list[len(b.list)-1].n
	}
}

// Numbers is doubles that are kept for exact quantiles. What was taken back is
// cancelled when the quantile is read.
type Numbers struct{ In, Out []float64 }

// Quantile is the exact interpolated quantile, NaN after all numbers; false when
// there are no numbers.
func (v *Numbers) Quantile(q float64) (float64, bool) {
	v.settle()
	if len(v.In) == 0 {
		return 0, false
	}
	return interpolate(int64(len(v.In)), q, func(rank int64) float64 { return v.In[rank] }), true
}

// Settle sorts the numbers and removes those that were taken back.
func (v *Numbers) settle() {
	order := func(a, b float64) int {
		x, y := keycode.OrderedDouble(a), keycode.OrderedDouble(b)
		if a != a {
			x = math.MaxUint64
		}
		if b != b {
			y = math.MaxUint64
		}
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	slices.SortFunc(v.In, order)
	if len(v.Out) == 0 {
		return
	}
	slices.SortFunc(v.Out, order)
	left := v.In[:0]
	for _, x := range v.In {
		if len(v.Out) > 0 && order(x, v.Out[0]) == 0 {
			v.Out = v.Out[1:]
			continue
		}
		left = append(left, x)
	}
	v.In, v.Out = left, nil
}

// Save writes the numbers.
func (v *Numbers) Save(w *wire.Writer) {
	v.settle()
	w.Uint(uint64(len(v.In)))
	for _, x := range v.In {
		w.Float(x)
	}
}

// Load reads the numbers back.
func (v *Numbers) Load(r *wire.Reader) {
	for range r.Len() {
		v.In = append(v.In, r.Float())
	}
}

// Distinct estimates how many different values there are: exact up to 512 of them,
// then a HyperLogLog of 16,384 registers with a standard error of 0.8 %. It does
// not depend on order, and cannot take values back.
type Distinct struct {
	exact     map[uint64]struct{}
	registers []uint8
}

const (
	exactLimit   = 512
	registerBits = 14
	registers    = 1 << registerBits
)

// Add adds a value by its code.
func (d *Distinct) Add(code []byte) {
	h := xxh3.Hash(code)
	if d.registers != nil {
		d.register(h)
		return
	}
	if d.exact == nil {
		d.exact = map[uint64]struct{}{}
	}
	d.exact[h] = struct{}{}
	if len(d.exact) > exactLimit {
		d.registers = make([]uint8, registers)
		for h := range d.exact {
			d.register(h)
		}
		d.exact = nil
	}
}

func (d *Distinct) register(h uint64) {
	i := h >> (64 - registerBits)
	rank := uint8(bits.LeadingZeros64(h<<registerBits|1<<(registerBits-1))) + 1
	d.registers[i] = max(d.registers[i], rank)
}

// Estimate is the number of different values. It is Ertl's estimator, which needs
// no corrections for small or large numbers ("New cardinality estimation algorithms
// for HyperLogLog sketches", 2017).
func (d *Distinct) Estimate() int64 {
	if d.registers == nil {
		return int64(len(d.exact))
	}
	const q = 64 - registerBits
	var counts [q + 2]float64
	for _, r := range d.registers {
		counts[r]++
	}
	const m = float64(registers)
	z := m * tau(1-counts[q+1]/m)
	for k := q; k >= 1; k-- {
		z = 0.5 * (z + counts[k])
	}
	z += float64(m * sigma(counts[0]/m))
	return int64(math.Round(m * m / (2 * math.Ln2 * z)))
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		last := z
		z += float64(x * y)
		y += y
		if z == last {
			return z
		}
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		last := z
		y *= 0.5
		z -= float64((1 - x) * (1 - x) * y)
		if z == last {
			return z / 3
		}
	}
}

// Save writes the sketch.
func (d *Distinct) Save(w *wire.Writer) {
	w.Bytes(d.registers)
	hashes := make([]uint64, 0, len(d.exact))
	for h := range d.exact {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	w.Uint(uint64(len(hashes)))
	for _, h := range hashes {
		w.Uint(h)
	}
}

// Load reads the sketch back.
func (d *Distinct) Load(r *wire.Reader) {
	if b := r.Bytes(); len(b) == registers {
		d.registers = slices.Clone(b)
	}
	for range r.Len() {
		if d.exact == nil {
			d.exact = map[uint64]struct{}{}
		}
		d.exact[r.Uint()] = struct{}{}
	}
}
