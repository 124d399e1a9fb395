package kernel

import (
	"math/big"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// wideNum is what is between decimals and their result: a number of up to 256 bits and its
// sign. Products of a decimal and a power of ten, or of two decimals, have 254.
type wideNum struct {
	words    [4]uint64 // the lowest first
	negative bool
}

// half is a number of two words, the lowest first.
type half [2]uint64

// halfOf is a decimal without its sign.
func halfOf(n decimal128.Num) half {
	n = n.Abs()
	return half{n.LowBits(), uint64(n.HighBits())}
}

// mostDigits is the largest power of ten that is a half.
const mostDigits = maxDigits

// halfPower is 10^digits.
func halfPower(digits int) half { return halfOf(decimal128.GetScaleMultiplier(digits)) }

func product(x, y half) (w [4]uint64) {
	for i, a := range x {
		var carry uint64
		for j, b := range y {
			hi, lo := bits.Mul64(a, b)
			var c uint64
			lo, c = bits.Add64(lo, carry, 0)
			hi += c
			w[i+j], c = bits.Add64(w[i+j], lo, 0)
			carry = hi + c
		}
		w[i+2] = carry
	}
	return w
}

// scaledUp is a decimal times 10^digits.
func scaledUp(n decimal128.Num, digits int) wideNum {
	return wideNum{words: product(halfOf(n), halfPower(digits)), negative: n.Sign() < 0}
}

// plus adds numbers of up to 255 bits.
func (w wideNum) plus(o wideNum) wideNum {
	var c uint64
	if w.negative == o.negative {
		for i := range w.words {
			w.words[i], c = bits.Add64(w.words[i], o.words[i], c)
		}
		return w
	}
	if w.below(o) {
		w, o = o, w
	}
	for i := range w.words {
		w.words[i], c = bits.Sub64(w.words[i], o.words[i], c)
	}
	return w
}

// below compares without signs.
func (w wideNum) below(o wideNum) bool {
	for i := len(w.words) - 1; i >= 0; i-- {
		if w.words[i] != o.words[i] {
			return w.words[i] < o.words[i]
		}
	}
	return false
}

// over divides, and rounds half away from zero; by is not 0.
func (w wideNum) over(by half) wideNum {
	rest := w.divide(by)
	var left half
	var b uint64
	left[0], b = bits.Sub64(by[0], rest[0], 0)
	left[1], _ = bits.Sub64(by[1], rest[1], b)
	if rest[1] > left[1] || rest[1] == left[1] && rest[0] >= left[0] {
		c := uint64(1)
		for i := range w.words {
			w.words[i], c = bits.Add64(w.words[i], 0, c)
		}
	}
	return w
}

// num is the number as a decimal; ok is false where it has more than 127 bits.
func (w wideNum) num() (n decimal128.Num, ok bool) {
	if w.words[3]|w.words[2]|w.words[1]>>63 != 0 {
		return n, false
	}
	if n = decimal128.New(int64(w.words[1]), w.words[0]); w.negative {
		n = n.Negate()
	}
	return n, true
}

// big is the number for what has no place here.
func (w wideNum) big() *big.Int {
	n := new(big.Int)
	for i := len(w.words) - 1; i >= 0; i-- {
		n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(w.words[i]))
	}
	if w.negative {
		n.Neg(n)
	}
	return n
}

// divide makes the number the quotient, cut toward zero, and returns the remainder.
func (w *wideNum) divide(by half) (rest half) {
	u := &w.words
	if by[1] == 0 {
		for i := len(u) - 1; i >= 0; i-- {
			u[i], rest[0] = bits.Div64(rest[0], u[i], by[0])
		}
		return rest
	}
	// Digits of a word each, as by hand (Knuth's algorithm D): the divisor is shifted until
	// its highest bit is set, so that a digit that is guessed is too large by 2 at most.
	shift := uint(bits.LeadingZeros64(by[1]))
	v := half{by[0] << shift, by[1]<<shift | by[0]>>1>>(63-shift)}
	var n [5]uint64 // the number, shifted
	for i := range n {
		if i < len(u) {
			n[i] = u[i] << shift
		}
		if i > 0 {
			n[i] |= u[i-1] >> 1 >> (63 - shift)
		}
	}
	*u = [4]uint64{}
	for j := 2; j >= 0; j-- {
		u[j] = digit((*[3]uint64)(n[j:j+3]), v)
	}
	return half{n[0]>>shift | n[1]<<1<<(63-shift), n[1] >> shift}
}

// digit divides three words by two, of which the highest bit is set, into one word, and
// leaves the remainder.
func digit(n *[3]uint64, v half) uint64 {
	guess := ^uint64(0)
	if n[2] < v[1] {
		guess, _ = bits.Div64(n[2], n[1], v[1])
	}
	hi0, lo0 := bits.Mul64(guess, v[0])
	hi1, lo1 := bits.Mul64(guess, v[1])
	mid, c := bits.Add64(hi0, lo1, 0)
	top := hi1 + c
	var b uint64
	n[0], b = bits.Sub64(n[0], lo0, 0)
	n[1], b = bits.Sub64(n[1], mid, b)
	n[2], b = bits.Sub64(n[2], top, b)
	for b != 0 { // it was too large
		guess--
		n[0], c = bits.Add64(n[0], v[0], 0)
		n[1], c = bits.Add64(n[1], v[1], c)
		n[2], c = bits.Add64(n[2], 0, c)
		b -= c
	}
	return guess
}
