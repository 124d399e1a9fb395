package text

import (
	"math"
	"math/big"
	"strconv"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/vm/kernel"
)

// Number is a decimal number taken apart: (-1)^Neg * Digits * 10^Exp. Digits that
// do not fit 19 places are cut and Cut is set; then only the text is exact.
type Number struct {
	Neg    bool
	Digits uint64
	Exp    int
	Cut    bool
	Whole  bool // written without fraction and exponent
}

// Scan reads a number at the start of b as JSON writes it and returns its length,
// 0 when there is none. Exponents beyond what any type can hold are clamped.
func (n *Number) Scan(b []byte) int {
	*n = Number{Whole: true}
	i := 0
	if i < len(b) && b[i] == '-' {
		n.Neg = true
		i++
	}
	start := i
	for i < len(b) && b[i]-'0' <= 9 {
		n.digit(b[i], 0)
		i++
	}
	if i == start || (b[start] == '0' && i > start+1) {
		return 0
	}
	if i < len(b) && b[i] == '.' {
		n.Whole = false
		i++
		point := i
		for i < len(b) && b[i]-'0' <= 9 {
			n.digit(b[i], -1)
			i++
		}
		if i == point {
			return 0
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		return n.exponent(b, i+1)
	}
	return i
}

// digit takes the next digit; exp is -1 behind the point.
func (n *Number) digit(c byte, exp int) {
	switch {
	case n.Digits < 1_000_000_000_000_000_000:
		n.Digits = n.Digits*10 + uint64(c-'0')
		n.Exp += exp
	case c == '0' && !n.Cut:
		// A zero that does not fit only moves the point.
		n.Exp += exp + 1
	default:
		n.Cut = true
		n.Exp += exp + 1
	}
}

func (n *Number) exponent(b []byte, i int) int {
	n.Whole = false
	neg := false
	if i < len(b) && (b[i] == '+' || b[i] == '-') {
		neg = b[i] == '-'
		i++
	}
	start, e := i, 0
	for i < len(b) && b[i]-'0' <= 9 {
		if e < 100_000 {
			e = e*10 + int(b[i]-'0')
		}
		i++
	}
	if i == start {
		return 0
	}
	if neg {
		e = -e
	}
	n.Exp += e
	return i
}

// Pow10 are the powers of ten that a double holds exactly.
var Pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// Double is the nearest double; raw is the text the number was read from. It
// reports false when the number is beyond the largest double.
func (n *Number) Double(raw []byte) (float64, bool) {
	// A mantissa and a power of ten that are both exact give a correctly rounded
	// result in one operation.
	if !n.Cut && n.Digits < 1<<53 && n.Exp >= -22 && n.Exp <= 22 {
		f := float64(n.Digits)
		if n.Exp < 0 {
			f /= Pow10[-n.Exp]
		} else {
			f *= Pow10[n.Exp]
		}
		if n.Neg {
			f = -f
		}
		return f, true
	}
	f, err := strconv.ParseFloat(String(raw), 64)
	return f, err == nil
}

// Float is the nearest float.
func (n *Number) Float(raw []byte) (float32, bool) {
	f, err := strconv.ParseFloat(String(raw), 32)
	return float32(f), err == nil
}

// Ten are the powers of ten that a word holds.
var Ten = [...]uint64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// Why a number cannot be had in a type.
const (
	Fits = iota
	NotWhole
	TooLarge
)

// Scaled is the number times 10^scale as an integer. With cut, digits below the
// last place are dropped, otherwise they make it NotWhole.
func (n *Number) Scaled(scale int, cut bool) (int64, int) {
	if n.Digits == 0 && !n.Cut {
		return 0, Fits
	}
	digits, exp := n.Digits, n.Exp+scale
	for exp < 0 && digits != 0 {
		if (digits%10 != 0 || n.Cut) && !cut {
			return 0, NotWhole
		}
		if exp <= -20 {
			// Fewer than 20 digits stand entirely behind the point.
			if !cut {
				return 0, NotWhole
			}
			digits = 0
			break
		}
		digits /= 10
		exp++
	}
	if digits == 0 {
		return 0, Fits
	}
	if n.Cut && exp == 0 && !cut {
		return 0, NotWhole
	}
	if exp > 18 || (n.Cut && exp > 0) || digits > math.MaxUint64/Ten[exp] {
		return 0, TooLarge
	}
	digits *= Ten[exp]
	if n.Neg {
		if digits > 1<<63 {
			return 0, TooLarge
		}
		return -int64(digits), Fits
	}
	if digits > math.MaxInt64 {
		return 0, TooLarge
	}
	return int64(digits), Fits
}

// Decimal is the number as an unscaled decimal(precision, scale); raw is the text
// it was read from. It is never rounded.
func (n *Number) Decimal(raw []byte, precision, scale int) (decimal128.Num, int) {
	if !n.Cut && precision <= 18 {
		v, why := n.Scaled(scale, false)
		if why != Fits {
			return decimal128.Num{}, why
		}
		if v >= int64(Ten[precision]) || v <= -int64(Ten[precision]) {
			return decimal128.Num{}, TooLarge
		}
		return decimal128.FromI64(v), Fits
	}
	return bigDecimal(raw, precision, scale)
}

func bigDecimal(raw []byte, precision, scale int) (decimal128.Num, int) {
	var n Number
	n.Scan(raw)
	// The clamp of Scan keeps the power below small enough to compute.
	if n.Exp > 1000 {
		if n.Digits == 0 {
			return decimal128.Num{}, Fits
		}
		return decimal128.Num{}, TooLarge
	}
	if n.Exp < -1000-len(raw) {
		if n.Digits == 0 {
			return decimal128.Num{}, Fits
		}
		return decimal128.Num{}, NotWhole
	}
	r, ok := new(big.Rat).SetString(String(raw))
	if !ok {
		return decimal128.Num{}, NotWhole
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
	if !r.IsInt() {
		return decimal128.Num{}, NotWhole
	}
	if new(big.Int).Abs(r.Num()).Cmp(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)) >= 0 {
		return decimal128.Num{}, TooLarge
	}
	return decimal128.FromBigInt(r.Num()), Fits
}

// AppendDouble writes a finite double in the fewest digits that read back as the
// same double, as JSON numbers are written: with an exponent only for the very
// large and very small.
func AppendDouble(dst []byte, f float64, bits int) []byte {
	form := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		form = 'e'
	}
	dst = strconv.AppendFloat(dst, f, form, -1, bits)
	// 1e-07 is written 1e-7.
	if n := len(dst); form == 'e' && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

// AppendDecimal writes an unscaled decimal with its full scale.
func AppendDecimal(dst []byte, n decimal128.Num, scale int) []byte {
	if m := n.Abs(); m.HighBits() == 0 && scale >= 0 && scale <= 8 {
		if n.Sign() < 0 {
			dst = append(dst, '-')
		}
		return appendSmall(dst, m.LowBits(), scale)
	}
	return kernel.AppendDecimal(dst, n, scale)
}

// appendSmall writes a decimal of one word with few places.
func appendSmall(dst []byte, u uint64, scale int) []byte {
	if scale == 0 {
		return AppendDigits(dst, u)
	}
	unit := uint64(Ten[scale])
	whole := u / unit
	return appendPadded(append(AppendDigits(dst, whole), '.'), u-whole*unit, scale)
}

// String is b as a string without copying, for calls that do not keep it.
func String(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
