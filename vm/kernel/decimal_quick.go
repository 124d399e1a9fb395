package kernel

import (
	"math/bits"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// sureDigits is a precision that every number of 64 bits fits.
const sureDigits = 19

// quickProduct multiplies decimals of 64 bits whose product has 64 bits too and needs no
// other scale, as prices and rates have. It reports false where one is another.
func quickProduct(c *Call) (arrow.Array, bool) {
	f := formOf(c)
	x, y := c.Args[0], c.Args[1]
	if x.Scalar {
		x, y = y, x
	}
	if !y.Scalar || x.Scalar || f.x+f.y != f.scale || f.precision < sureDigits || y.Arr.Len() == 0 || !isDecimal(x.Arr) || !isDecimal(y.Arr) {
		return nil, false
	}
	by := wide[decimal128.Num](y.Arr)[0]
	if !isLong(by) {
		return nil, false
	}
	buf, dst := newValues[decimal128.Num](c.Alloc, c.N)
	defer buf.Release()
	other := uint64(0)
	for i, v := range wide[decimal128.Num](x.Arr)[:len(dst)] {
		hi, lo := mul64(int64(v.LowBits()), int64(by.LowBits()))
		other |= uint64(v.HighBits()^int64(v.LowBits())>>63) | uint64(hi^int64(lo)>>63)
		dst[i] = decimal128.New(hi, lo)
	}
	if other != 0 {
		return nil, false
	}
	return finishArray(ArrowType(c.Result), c.N, nil, buf), true
}

// longDecimals are long numbers as decimals that all of them fit.
func longDecimals(c *Call) arrow.Array {
	buf, dst := newValues[decimal128.Num](c.Alloc, c.N)
	defer buf.Release()
	for i, v := range Values[int64](c.Args[0].Arr)[:len(dst)] {
		dst[i] = decimal128.FromI64(v)
	}
	return finishArray(ArrowType(c.Result), c.N, nil, buf)
}

func isDecimal(a arrow.Array) bool { return a.DataType().ID() == arrow.DECIMAL128 }

// quo128 divides a number of two words by one of one.
func quo128(hi, lo, by uint64) (qHi, qLo, rest uint64) {
	qHi, rest = hi/by, hi%by
	qLo, rest = bits.Div64(rest, lo, by)
	return qHi, qLo, rest
}

// MostQuoDigits is how many digits QuoPower cuts off at most.
const MostQuoDigits = len(powers) - 1

// QuoPower is n / 10^digits cut toward zero, and what is left over, which has the sign of n.
func QuoPower(n decimal128.Num, digits int) (quotient decimal128.Num, rest int64) {
	m := n.Abs()
	hi, lo, left := quo128(uint64(m.HighBits()), m.LowBits(), uint64(powers[digits]))
	quotient, rest = decimal128.New(int64(hi), lo), int64(left)
	if n.Sign() < 0 {
		return quotient.Negate(), -rest
	}
	return quotient, rest
}

// AppendDecimal writes an unscaled number with all digits of its scale.
func AppendDecimal(dst []byte, n decimal128.Num, scale int) []byte {
	if n.Sign() < 0 {
		dst = append(dst, '-')
		n = n.Negate()
	}
	var room [40]byte
	digits := appendDigits(room[:0], n)
	if scale <= 0 {
		return append(dst, digits...)
	}
	if len(digits) <= scale {
		dst = append(dst, '0', '.')
		for range scale - len(digits) {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	point := len(digits) - scale
	return append(append(append(dst, digits[:point]...), '.'), digits[point:]...)
}

// appendDigits writes a number that is not negative.
func appendDigits(dst []byte, n decimal128.Num) []byte {
	if n.HighBits() == 0 {
		return strconv.AppendUint(dst, n.LowBits(), 10)
	}
	front, rest := QuoPower(n, MostQuoDigits)
	dst = appendDigits(dst, front)
	from := len(dst)
	dst = strconv.AppendInt(dst, rest, 10)
	for short := MostQuoDigits - (len(dst) - from); short > 0; short-- {
		dst = slices.Insert(dst, from, '0')
	}
	return dst
}
