package reprosum

import "math/bits"

// Merge adds everything that another sum holds.
func (s *Sum) Merge(o *Sum) {
	if !s.used && s.far == nil {
		s.Set(o)
		return
	}
	if o.far == nil && s.used && (!o.used || s.mergeNear(o)) {
		return
	}
	f := s.wide()
	m := o.near
	negative := negate(m[:])
	f.addNear(&m, int(o.base), negative)
	if o.far == nil {
		return
	}
	var c uint64
	for i := range f.words {
		f.words[i], c = bits.Add64(f.words[i], o.far.words[i], c)
	}
	f.nan, f.pos, f.neg = f.nan+o.far.nan, f.pos+o.far.pos, f.neg+o.far.neg
}

// roomyBits is how long a sum may be that is moved to another base: as long as a number
// that is added.
const roomyBits = mostAbove + 53

// mergeNear adds the near words of another sum, false where they are too far away. The
// first numbers of two sums are seldom of the same exponent.
func (s *Sum) mergeNear(o *Sum) bool {
	other := near(o.near)
	switch by := int(o.base) - int(s.base); {
	case by == 0:
	case by > 0:
		if by >= 64*nearWords || other.length()+by > roomyBits {
			return false
		}
		other = other.up(uint(by))
	case other.zeros() >= -by:
		other = other.down(uint(-by))
	default:
		mine := near(s.near)
		if -by >= 64*nearWords || mine.length()-by > roomyBits {
			return false
		}
		s.near = mine.up(uint(-by))
		s.setBase(o.base)
	}
	var c uint64
	for i := range s.near {
		s.near[i], c = bits.Add64(s.near[i], other[i], c)
	}
	return true
}

// near is a number in two's complement, its lowest word first.
type near [nearWords]uint64

// length is how many bits the number has without its sign.
func (n near) length() int {
	sign := uint64(int64(n[nearWords-1]) >> 63)
	for i := nearWords - 1; i >= 0; i-- {
		if w := n[i] ^ sign; w != 0 {
			return 64*i + bits.Len64(w)
		}
	}
	return 0
}

// zeros is how many of the lowest bits are zero; of no number all are.
func (n near) zeros() int {
	for i, w := range n {
		if w != 0 {
			return 64*i + bits.TrailingZeros64(w)
		}
	}
	return 64 * nearWords
}

// up and down move the number by less than all of its bits.
func (n near) up(by uint) (out near) {
	words, sh := int(by/64), by%64
	for i := words; i < nearWords; i++ {
		out[i] = n[i-words] << sh
		if i > words {
			out[i] |= n[i-words-1] >> 1 >> (63 - sh)
		}
	}
	return out
}

func (n near) down(by uint) (out near) {
	words, sh := int(by/64), by%64
	sign := uint64(int64(n[nearWords-1]) >> 63)
	at := func(i int) uint64 {
		if i < nearWords {
			return n[i]
		}
		return sign
	}
	for i := range out {
		out[i] = at(i+words)>>sh | at(i+words+1)<<1<<(63-sh)
	}
	return out
}
