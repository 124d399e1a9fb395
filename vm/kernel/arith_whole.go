package kernel

import (
	"math/bits"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
)

// Whole is the element types of int, long and of times.
type Whole interface{ int32 | int64 }

const outOfRange = "the result is out of range"

// AddWhole is `+` of whole numbers, instants and durations. Like SubWhole and
// MulWhole it computes every row, the selection is looked at only when one of them
// has overflown.
func AddWhole[T Whole](c *Call) arrow.Array {
	x, y := c.Args[0], c.Args[1]
	if x.Scalar {
		x, y = y, x
	}
	arr, dst := NewFixed[T](c.Alloc, ArrowType(c.Result), c.N)
	xs, ys := Values[T](x.Arr), Values[T](y.Arr)
	var over bool
	if y.Scalar {
		over = addScalar(dst, xs, ys[0])
	} else {
		over = addArrays(dst, xs, ys)
	}
	if over {
		trapOverflow(c, func(x, y T) bool { r := x + y; return (x^r)&(y^r) < 0 })
	}
	return arr
}

func addArrays[T Whole](dst, x, y []T) bool {
	var over T
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		r := x[i] + y[i]
		over |= (x[i] ^ r) & (y[i] ^ r)
		dst[i] = r
	}
	return over < 0
}

func addScalar[T Whole](dst, x []T, y T) bool {
	var over T
	x = x[:len(dst)]
	for i, v := range x {
		r := v + y
		over |= (v ^ r) & (y ^ r)
		dst[i] = r
	}
	return over < 0
}

// SubWhole is `-` of whole numbers, instants and durations.
func SubWhole[T Whole](c *Call) arrow.Array {
	arr, dst := NewFixed[T](c.Alloc, ArrowType(c.Result), c.N)
	x, y := Values[T](c.Args[0].Arr), Values[T](c.Args[1].Arr)
	var over bool
	switch {
	case c.Args[0].Scalar:
		over = subFrom(dst, x[0], y)
	case c.Args[1].Scalar:
		over = subScalar(dst, x, y[0])
	default:
		over = subArrays(dst, x, y)
	}
	if over {
		trapOverflow(c, func(x, y T) bool { return (x^y)&(x^(x-y)) < 0 })
	}
	return arr
}

func subArrays[T Whole](dst, x, y []T) bool {
	var over T
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		r := x[i] - y[i]
		over |= (x[i] ^ y[i]) & (x[i] ^ r)
		dst[i] = r
	}
	return over < 0
}

func subScalar[T Whole](dst, x []T, y T) bool {
	var over T
	for i, v := range x[:len(dst)] {
		r := v - y
		over |= (v ^ y) & (v ^ r)
		dst[i] = r
	}
	return over < 0
}

func subFrom[T Whole](dst []T, x T, y []T) bool {
	var over T
	for i, v := range y[:len(dst)] {
		r := x - v
		over |= (x ^ v) & (x ^ r)
		dst[i] = r
	}
	return over < 0
}

// MulWhole is `*` of whole numbers, and of a duration by a number.
func MulWhole[T Whole](c *Call) arrow.Array {
	x, y := c.Args[0], c.Args[1]
	if x.Scalar {
		x, y = y, x
	}
	arr, dst := NewFixed[T](c.Alloc, ArrowType(c.Result), c.N)
	xs, ys := Values[T](x.Arr), Values[T](y.Arr)
	var over bool
	if y.Scalar {
		over = mulScalar(dst, xs, ys[0])
	} else {
		over = mulArrays(dst, xs, ys)
	}
	if over {
		trapOverflow(c, func(x, y T) bool { _, excess := mulExcess(x, y); return excess != 0 })
	}
	return arr
}

func mulArrays[T Whole](dst, x, y []T) bool {
	var over T
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		r, excess := mulExcess(x[i], y[i])
		over |= excess
		dst[i] = r
	}
	return over != 0
}

func mulScalar[T Whole](dst, x []T, y T) bool {
	var over T
	for i, v := range x[:len(dst)] {
		r, excess := mulExcess(v, y)
		over |= excess
		dst[i] = r
	}
	return over != 0
}

// mulExcess multiplies; excess is not zero when the product does not fit.
func mulExcess[T Whole](x, y T) (product, excess T) {
	if unsafe.Sizeof(x) == 4 {
		p := int64(x) * int64(y)
		return T(p), T(p>>32) ^ T(int32(p)>>31)
	}
	hi, lo := mul64(int64(x), int64(y))
	return T(lo), T(hi ^ int64(lo)>>63)
}

// mul64 is the signed product in 128 bits.
func mul64(x, y int64) (hi int64, lo uint64) {
	h, lo := bits.Mul64(uint64(x), uint64(y))
	return int64(h) - x>>63&y - y>>63&x, lo
}

// trapOverflow fails the rows that count and where over holds.
func trapOverflow[T Whole](c *Call, over func(x, y T) bool) {
	x, y := Reader[T](c.Args[0]), Reader[T](c.Args[1])
	c.Each(func(i int) {
		if over(x(i), y(i)) {
			c.Trap(i, CodeOverflow, outOfRange)
		}
	})
}

// DivWhole divides rounding toward zero, as a duration by a number.
func DivWhole[T Whole](c *Call) arrow.Array {
	return divide(c, func(x, y T) T { return x / y }, true)
}

// ModWhole is `%` of whole numbers; it has the sign of the dividend.
func ModWhole[T Whole](c *Call) arrow.Array {
	if y := c.Args[1]; y.Scalar && y.Arr.Len() > 0 && y.Arr.NullN() == 0 && Values[T](y.Arr)[0] != 0 && !c.Args[0].Scalar {
		if x := Values[T](c.Args[0].Arr); len(x) == c.N { // else it is an array of nothing but nulls
			arr, dst := NewFixed[T](c.Alloc, ArrowType(c.Result), c.N)
			modulo(dst, x, int64(Values[T](y.Arr)[0]))
			return arr
		}
	}
	return divide(c, func(x, y T) T { return x % y }, false)
}

func divide[T Whole](c *Call, f func(x, y T) T, quotient bool) arrow.Array {
	arr, dst := NewFixed[T](c.Alloc, ArrowType(c.Result), c.N)
	x, y := Reader[T](c.Args[0]), Reader[T](c.Args[1])
	c.Each(func(i int) {
		a, b := x(i), y(i)
		switch {
		case b == 0:
			c.Trap(i, CodeDivisionByZero, "division by zero")
		case quotient && b == -1 && a != 0 && a == -a:
			c.Trap(i, CodeOverflow, outOfRange)
		default:
			dst[i] = f(a, b)
		}
	})
	return arr
}

// NegWhole is `-` before a whole number or duration.
func NegWhole[T Whole](c *Call) arrow.Array {
	arr, dst := NewFixed[T](c.Alloc, ArrowType(c.Result), c.N)
	over := false
	for i, v := range Values[T](c.Args[0].Arr)[:len(dst)] {
		dst[i] = -v
		over = over || v == -v && v != 0
	}
	if over {
		x := Reader[T](c.Args[0])
		c.Each(func(i int) {
			if v := x(i); v == -v && v != 0 {
				c.Trap(i, CodeOverflow, outOfRange)
			}
		})
	}
	return arr
}
