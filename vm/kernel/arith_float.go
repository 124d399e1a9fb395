package kernel

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

// Floating is the element types of float and double.
type Floating interface{ float32 | float64 }

// AddFloat is `+` of IEEE numbers.
func AddFloat[T Floating](c *Call) arrow.Array {
	return floats(c, func(dst, x, y []T) {
		for i := range dst {
			dst[i] = x[i] + y[i]
		}
	}, func(dst, x []T, y T) {
		for i, v := range x {
			dst[i] = v + y
		}
	}, func(dst []T, x T, y []T) {
		for i, v := range y {
			dst[i] = x + v
		}
	})
}

// SubFloat is `-` of IEEE numbers.
func SubFloat[T Floating](c *Call) arrow.Array {
	return floats(c, func(dst, x, y []T) {
		for i := range dst {
			dst[i] = x[i] - y[i]
		}
	}, func(dst, x []T, y T) {
		for i, v := range x {
			dst[i] = v - y
		}
	}, func(dst []T, x T, y []T) {
		for i, v := range y {
			dst[i] = x - v
		}
	})
}

// MulFloat is `*` of IEEE numbers.
func MulFloat[T Floating](c *Call) arrow.Array {
	return floats(c, func(dst, x, y []T) {
		for i := range dst {
			dst[i] = x[i] * y[i]
		}
	}, func(dst, x []T, y T) {
		for i, v := range x {
			dst[i] = v * y
		}
	}, func(dst []T, x T, y []T) {
		for i, v := range y {
			dst[i] = x * v
		}
	})
}

// DivFloat is `/` of IEEE numbers; by zero it gives an infinity or NaN.
func DivFloat[T Floating](c *Call) arrow.Array {
	return floats(c, func(dst, x, y []T) {
		for i := range dst {
			dst[i] = x[i] / y[i]
		}
	}, func(dst, x []T, y T) {
		for i, v := range x {
			dst[i] = v / y
		}
	}, func(dst []T, x T, y []T) {
		for i, v := range y {
			dst[i] = x / v
		}
	})
}

// ModFloat is `%` of IEEE numbers; it has the sign of the dividend.
func ModFloat[T Floating](c *Call) arrow.Array {
	arr, dst := NewFixed[T](c.Alloc, ArrowType(c.Result), c.N)
	x, y := Reader[T](c.Args[0]), Reader[T](c.Args[1])
	c.Each(func(i int) { dst[i] = T(math.Mod(float64(x(i)), float64(y(i)))) })
	return arr
}

// NegFloat is `-` before an IEEE number.
func NegFloat[T Floating](c *Call) arrow.Array {
	arr, dst := NewFixed[T](c.Alloc, ArrowType(c.Result), c.N)
	for i, v := range Values[T](c.Args[0].Arr)[:len(dst)] {
		dst[i] = -v
	}
	return arr
}

// floats runs the loop for the form the operands have; all slices it gives to the
// loop are as long as dst.
func floats[T Floating](c *Call, arrays func(dst, x, y []T), scalar func(dst, x []T, y T), from func(dst []T, x T, y []T)) arrow.Array {
	arr, dst := NewFixed[T](c.Alloc, ArrowType(c.Result), c.N)
	x, y := Values[T](c.Args[0].Arr), Values[T](c.Args[1].Arr)
	switch {
	case c.N == 0:
	case c.Args[1].Scalar:
		scalar(dst, x[:len(dst)], y[0])
	case c.Args[0].Scalar:
		from(dst, x[0], y[:len(dst)])
	default:
		arrays(dst, x[:len(dst)], y[:len(dst)])
	}
	return arr
}
