package kernel

import (
	"math"
	"math/bits"

	"github.com/edynamic/edynamic/compiler/ir"
)

// MatchMultiples is the Match of `x % by == 0`, or of != where the op is Ne, which is given x
// and has no use for y; by is not 0. No remainder is computed: times the inverse of an odd
// number modulo 2^64, its multiples are the least numbers, and those of 2^n times it are
// what ends in n zeros, which turning them to the top makes large if they are not zeros.
func MatchMultiples[T Whole](by T, op ir.Op) Match {
	divisor := size(int64(by))
	shift := bits.TrailingZeros64(divisor)
	inverse, most := inverseOf(divisor>>shift), math.MaxUint64/divisor
	flip := one(op == ir.Ne)
	return func(dst []int32, x, _ Vector, n int, sel []int32) []int32 {
		if n == 0 || sel != nil && len(sel) == 0 {
			return dst[:0]
		}
		xs, k := Values[T](x.Arr), 0
		multiple := func(v T) int {
			return one(bits.RotateLeft64(size(int64(v))*inverse, -shift) <= most)
		}
		switch {
		case x.Scalar:
			return scalarMatch(dst, multiple(xs[0])^flip == 1, n, sel)
		case sel == nil:
			for i, v := range xs[:n] {
				dst[k] = int32(i)
				k += multiple(v) ^ flip
			}
		default:
			for _, i := range sel {
				dst[k] = i
				k += multiple(xs[i]) ^ flip
			}
		}
		return dst[:k]
	}
}

// size is a number without its sign.
func size(v int64) uint64 {
	sign := v >> 63
	return uint64((v ^ sign) - sign)
}

// inverseOf is what an odd number times it is 1 modulo 2^64. Each step doubles the bits that
// are right, of which there are three to begin with.
func inverseOf(odd uint64) uint64 {
	inverse := odd
	for range 5 {
		inverse *= 2 - odd*inverse
	}
	return inverse
}
