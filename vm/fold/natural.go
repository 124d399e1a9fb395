package fold

import (
	"math"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// natural is a whole number that is not negative, its lowest word first.
type natural [4]uint64

// magnitude is the sum without its sign.
func (w *Wide) magnitude() (m natural, negative bool) {
	m = natural{w.lo, w.mid, uint64(w.hi)}
	if w.hi >= 0 {
		return m, false
	}
	var b uint64
	for i := range 3 {
		m[i], b = bits.Sub64(0, m[i], b)
	}
	return m, true
}

// times is a product; the highest word of the number must be 0.
func (m *natural) times(by uint64) (out natural) {
	var high uint64
	for i, word := range m {
		hi, lo := bits.Mul64(word, by)
		var c uint64
		out[i], c = bits.Add64(lo, high, 0)
		high = hi + c
	}
	return out
}

// divide makes the number the quotient and returns the remainder.
func (m *natural) divide(by uint64) (rest uint64) {
	top := len(m) - 1
	for top > 0 && m[top] == 0 {
		top--
	}
	for i := top; i >= 0; i-- {
		m[i], rest = bits.Div64(rest, m[i], by)
	}
	return rest
}

// ratio is the number divided by another, rounded once to the nearest double.
func (m natural) ratio(by uint64) float64 {
	// A quotient of 64 bits or more, whose lowest counted bit says whether any below is
	// set, rounds as the exact one does.
	shift := max(0, 64-(m.length()-bits.Len64(by)))
	m.shiftLeft(uint(shift))
	sticky := m.divide(by) != 0
	drop := max(0, m.length()-64)
	top := m.bitsFrom(uint(drop))
	sticky = sticky || drop > 0 && m.anyBelow(uint(drop))
	if sticky {
		top |= 1
	}
	return math.Ldexp(float64(top), drop-shift)
}

// length is how many bits the number has.
func (m *natural) length() int {
	for i := len(m) - 1; i >= 0; i-- {
		if m[i] != 0 {
			return 64*i + bits.Len64(m[i])
		}
	}
	return 0
}

// shiftLeft must not lose a bit.
func (m *natural) shiftLeft(n uint) {
	for i := len(m) - 1; i >= 0; i-- {
		var v uint64
		if at := i - int(n/64); at >= 0 {
			v = m[at] << (n % 64)
			if at > 0 {
				v |= m[at-1] >> (64 - n%64)
			}
		}
		m[i] = v
	}
}

// bitsFrom is 64 bits of the number, from one on.
func (m *natural) bitsFrom(n uint) uint64 {
	v := m[n/64] >> (n % 64)
	if n/64 < 3 {
		v |= m[n/64+1] << (64 - n%64)
	}
	return v
}

// anyBelow reports that one of the lowest n bits is set.
func (m *natural) anyBelow(n uint) bool {
	for i := range n / 64 {
		if m[i] != 0 {
			return true
		}
	}
	return m[n/64]<<(64-n%64) != 0
}

func (m *natural) increment() {
	c := uint64(1)
	for i := range m {
		m[i], c = bits.Add64(m[i], 0, c)
	}
}

// decimal is the number with a sign; false when it has more digits than a decimal may.
func (m *natural) decimal(negative bool, precision int) (decimal128.Num, bool) {
	v := decimal128.New(int64(m[1]), m[0])
	if m[3]|m[2]|m[1]>>63 != 0 || !v.Less(decimal128.GetScaleMultiplier(precision)) {
		return decimal128.Num{}, false
	}
	if negative {
		v = v.Negate()
	}
	return v, true
}
