// Package reprosum adds doubles exactly. The sum of the same numbers has the same
// bits whatever order they came in, however they were cut into partial sums, and
// after any of them were taken back again; it is rounded once, when it is read.
//
// A sum is a fixed-point number in two's complement. Numbers within some 40
// decimal digits of the first one go to four words inside the Sum; the rare others
// go to an accumulator of the whole range of doubles that is allocated then. It
// must never be given a rounded intermediate: exactness is what makes it
// independent of order.
package reprosum

import (
	"math"
	"math/bits"
)

const (
	nearWords = 4
	// nearBelow and nearAbove bound the exponents that the near words accept around
	// that of the first number: further below, for the low halves of products. Sums of
	// like numbers begin at the same step, so that they are put together as they are. A
	// number of 53 bits at the upper end leaves 49 bits for the carries of as many
	// additions as one can make.
	nearBelow = 96
	nearAbove = 42
	baseStep  = 16
	mostAbove = nearBelow + nearAbove + baseStep - 1
	// midWord is the word of near that the first number and those like it begin in.
	midWord = 1
	// farWords holds every double, from 2^-1074 to 2^1024, and 78 bits of carries.
	farWords = 34
)

// Sum is a sum of doubles. The zero Sum is empty. It must not be copied once a
// number was added: use Merge.
type Sum struct {
	near [nearWords]uint64 // two's complement, lowest word first
	base int32             // the unit of near is 2^(base-1074)
	used bool              // base is set
	mid  uint16            // see setBase
	far  *far
}

type far struct {
	words         [farWords]uint64 // two's complement in units of 2^-1074
	nan, pos, neg int64            // how many NaNs and infinities are in the sum
}

const (
	signBit  = 1 << 63
	fracMask = 1<<52 - 1
	expMask  = 0x7ff
	// signOfTop is the sign among the first twelve bits.
	signOfTop = 1 << 11
)

// Set makes the sum what another is.
func (s *Sum) Set(o *Sum) {
	*s = *o
	if o.far != nil {
		far := *o.far
		s.far = &far
	}
}

// Add adds a number; NaN and the infinities behave as in IEEE 754.
func (s *Sum) Add(x float64) {
	b := math.Float64bits(x)
	o := uint(b>>52|signOfTop) - uint(s.mid)
	if o >= 64 {
		s.add(b, 1)
		return
	}
	// Its last digit stands o bits above the first of the middle words, as that of nearly all does.
	m, sign := b&fracMask|1<<52, uint64(int64(b)>>63)
	lo, hi := m<<(o&63)^sign, m>>1>>(63-o&63)^sign // with the sign, without a branch for it
	w := &s.near
	var c uint64
	w[midWord], c = bits.Add64(w[midWord], lo, sign&1)
	w[midWord+1], c = bits.Add64(w[midWord+1], hi, c)
	w[midWord+2] += sign + c
}

// setBase sets the unit of near to 2^(base-1074). A number whose first twelve bits, the sign taken
// for 1, are mid to mid+63 is added to the middle words; mid is 0, which no number is near, where NaN
// would be among them.
func (s *Sum) setBase(base int32) {
	s.base, s.used, s.mid = base, true, 0
	if first := base + 1 + 64*midWord; first+63 < expMask {
		s.mid = signOfTop | uint16(first)
	}
}

// Sub takes back a number that was added before.
func (s *Sum) Sub(x float64) { s.add(math.Float64bits(x)^signBit, -1) }

func (s *Sum) add(b uint64, count int64) {
	exp, m := int32(b>>52)&expMask, b&fracMask
	switch {
	case exp == expMask:
		s.special(b, m, count)
		return
	case exp != 0:
		m |= 1 << 52
		exp--
	case m == 0:
		return
	}
	if !s.used {
		s.setBase(max(exp-nearBelow, 0) &^ (baseStep - 1))
	}
	o := uint32(exp - s.base)
	if o > mostAbove {
		// A number just below may end in zeros; those of products do.
		zeros := uint32(bits.TrailingZeros64(m))
		if o += zeros; o > nearBelow {
			s.wide().add(m, uint32(exp), b >= signBit)
			return
		}
		m >>= zeros
	}
	lo, hi := m<<(o&63), m>>1>>(63-o&63)
	w := &s.near
	var c uint64
	if b < signBit {
		switch o >> 6 {
		case 0:
			w[0], c = bits.Add64(w[0], lo, 0)
			w[1], c = bits.Add64(w[1], hi, c)
			w[2], c = bits.Add64(w[2], 0, c)
			w[3] += c
		case 1:
			w[1], c = bits.Add64(w[1], lo, 0)
			w[2], c = bits.Add64(w[2], hi, c)
			w[3] += c
		default:
			w[2], c = bits.Add64(w[2], lo, 0)
			w[3] += hi + c
		}
		return
	}
	switch o >> 6 {
	case 0:
		w[0], c = bits.Sub64(w[0], lo, 0)
		w[1], c = bits.Sub64(w[1], hi, c)
		w[2], c = bits.Sub64(w[2], 0, c)
		w[3] -= c
	case 1:
		w[1], c = bits.Sub64(w[1], lo, 0)
		w[2], c = bits.Sub64(w[2], hi, c)
		w[3] -= c
	default:
		w[2], c = bits.Sub64(w[2], lo, 0)
		w[3] -= hi + c
	}
}

// special counts a NaN or an infinity. Sub flips the sign bit; count -1 says so.
func (s *Sum) special(b, m uint64, count int64) {
	f := s.wide()
	negative := (b >= signBit) != (count < 0)
	switch {
	case m != 0:
		f.nan += count
	case negative:
		f.neg += count
	default:
		f.pos += count
	}
}

func (s *Sum) wide() *far {
	if s.far == nil {
		s.far = &far{}
	}
	return s.far
}

func (f *far) add(m uint64, at uint32, negative bool) {
	lo, hi := m<<(at&63), m>>1>>(63-at&63)
	f.addWords([]uint64{lo, hi}, int(at>>6), negative)
}

// addWords adds or subtracts an unsigned number that stands at a word.
func (f *far) addWords(words []uint64, at int, negative bool) {
	var c uint64
	for i := at; i < farWords; i++ {
		var v uint64
		if i-at < len(words) {
			v = words[i-at]
		} else if c == 0 {
			return
		}
		if negative {
			f.words[i], c = bits.Sub64(f.words[i], v, c)
		} else {
			f.words[i], c = bits.Add64(f.words[i], v, c)
		}
	}
}

func (f *far) addNear(m *[nearWords]uint64, base int, negative bool) {
	var shifted [nearWords + 1]uint64
	sh := uint(base & 63)
	for i, w := range m {
		shifted[i] |= w << sh
		shifted[i+1] = w >> 1 >> (63 - sh)
	}
	f.addWords(shifted[:], base>>6, negative)
}

// negate makes a negative number positive and reports that it was negative.
func negate(w []uint64) bool {
	if w[len(w)-1] < signBit {
		return false
	}
	c := uint64(1)
	for i := range w {
		w[i], c = bits.Add64(^w[i], 0, c)
	}
	return true
}

// exact is the sum as sign and magnitude: words in units of 2^(base-1074).
func (s *Sum) exact(buf *[farWords]uint64) (words []uint64, base int, negative bool) {
	if s.far == nil {
		copy(buf[:], s.near[:])
		words = buf[:nearWords]
		return words, int(s.base), negate(words)
	}
	all := far{words: s.far.words}
	m := s.near
	negative = negate(m[:])
	all.addNear(&m, int(s.base), negative)
	*buf = all.words
	return buf[:], 0, negate(buf[:])
}

// Special is the NaN or infinity that the sum is, ok when it is one because such
// a number is in it.
func (s *Sum) Special() (v float64, ok bool) {
	switch f := s.far; {
	case f == nil || f.nan == 0 && f.pos == 0 && f.neg == 0:
		return 0, false
	case f.nan != 0 || f.pos != 0 && f.neg != 0:
		return math.NaN(), true
	case f.pos != 0:
		return math.Inf(1), true
	default:
		return math.Inf(-1), true
	}
}

// Value is the double nearest to the sum, ties to even.
func (s *Sum) Value() float64 { return s.scaled(0) }

// Mean is the sum divided by a count, also where the sum itself is beyond the
// range of doubles.
func (s *Sum) Mean(n int64) float64 {
	v := s.Value()
	if !math.IsInf(v, 0) {
		return v / float64(n)
	}
	if _, ok := s.Special(); ok {
		return v
	}
	return math.Ldexp(s.scaled(64)/float64(n), 64)
}

// scaled is the value divided by 2^down.
func (s *Sum) scaled(down int) float64 {
	if v, ok := s.Special(); ok {
		return v
	}
	var buf [farWords]uint64
	words, base, negative := s.exact(&buf)
	v := round(words, base-down)
	if negative {
		return -v
	}
	return v
}

// round is the double nearest to words * 2^(base-1074).
func round(words []uint64, base int) float64 {
	top := len(words) - 1
	for top >= 0 && words[top] == 0 {
		top--
	}
	if top < 0 {
		return 0
	}
	// m is the 64 bits from the highest one downwards, highest at bit 63 of m.
	lead := bits.LeadingZeros64(words[top])
	m := words[top] << lead
	sticky := uint64(0)
	if top > 0 {
		m |= words[top-1] >> 1 >> (63 - lead)
		sticky = words[top-1] << lead
		for _, w := range words[:top-1] {
			sticky |= w
		}
	}
	at := base + 64*top + 63 - lead // position of the highest bit
	drop := 11                      // bits of m below the 53 of a double
	if at < 52 {
		drop += 52 - at // a subnormal has fewer
	}
	if drop > 63 {
		return 0
	}
	frac, rest := m>>drop, m<<(64-drop)
	half := uint64(signBit)
	if rest > half || rest == half && (sticky != 0 || frac&1 == 1) {
		frac++
	}
	if at < 52 {
		return math.Float64frombits(frac)
	}
	// frac has the implicit bit, which adds one to the exponent at-52 written here; a
	// carry out of the fraction adds another.
	exp := uint64(at - 52)
	if exp+frac>>52 >= expMask {
		return math.Inf(1)
	}
	return math.Float64frombits(exp<<52 + frac)
}
