package kernel

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Map0 is the kernel of a function without arguments.
func Map0[R Value](f func() R) Kernel {
	return func(c *Call) arrow.Array {
		out, v := NewColumn[R](c), f()
		c.Each(func(i int) { out.Set(i, v) })
		return out.Finish()
	}
}

// Map1 is the kernel of a function of one argument that always has a result.
func Map1[A, R Value](f func(A) R) Kernel {
	return func(c *Call) arrow.Array {
		a, out := Reader[A](c.Args[0]), NewColumn[R](c)
		c.Each(func(i int) { out.Set(i, f(a(i))) })
		return out.Finish()
	}
}

// Map2 is Map1 for two arguments.
func Map2[A, B, R Value](f func(A, B) R) Kernel {
	return func(c *Call) arrow.Array {
		a, b, out := Reader[A](c.Args[0]), Reader[B](c.Args[1]), NewColumn[R](c)
		c.Each(func(i int) { out.Set(i, f(a(i), b(i))) })
		return out.Finish()
	}
}

// Map3 is Map1 for three arguments.
func Map3[A, B, C, R Value](f func(A, B, C) R) Kernel {
	return func(c *Call) arrow.Array {
		a, b, d, out := Reader[A](c.Args[0]), Reader[B](c.Args[1]), Reader[C](c.Args[2]), NewColumn[R](c)
		c.Each(func(i int) { out.Set(i, f(a(i), b(i), d(i))) })
		return out.Finish()
	}
}

// Map4 is Map1 for four arguments.
func Map4[A, B, C, D, R Value](f func(A, B, C, D) R) Kernel {
	return func(c *Call) arrow.Array {
		a, b, d, e := Reader[A](c.Args[0]), Reader[B](c.Args[1]), Reader[C](c.Args[2]), Reader[D](c.Args[3])
		out := NewColumn[R](c)
		c.Each(func(i int) { out.Set(i, f(a(i), b(i), d(i), e(i))) })
		return out.Finish()
	}
}

// MapSlice is the kernel of a function of one fixed-width argument whose loop is
// its own: dst[i] = f(src[i]) for all i. It computes rows outside the selection
// too, so that f must be cheap and accept every value.
func MapSlice[A, R Fixed](f func(dst []R, src []A)) Kernel {
	return func(c *Call) arrow.Array {
		arr, dst := NewFixed[R](c.Alloc, ArrowType(c.Result), c.N)
		if !c.Args[0].Scalar {
			f(dst, Values[A](c.Args[0].Arr)[:c.N])
			return arr
		}
		one := [1]R{}
		f(one[:], Values[A](c.Args[0].Arr)[:1])
		for i := range dst {
			dst[i] = one[0]
		}
		return arr
	}
}

// MapDoubles is MapSlice for a function of a number of any type as a double.
func MapDoubles(f func(dst, src []float64)) Kernel {
	direct := MapSlice(f)
	return func(c *Call) arrow.Array {
		if _, ok := c.Args[0].Arr.(*array.Float64); ok {
			return direct(c)
		}
		read := Doubles(c.Args[0])
		arr, dst := NewFixed[float64](c.Alloc, ArrowType(c.Result), c.N)
		for i := range dst {
			dst[i] = 0
		}
		c.Each(func(i int) { dst[i] = read(i) })
		f(dst, dst)
		return arr
	}
}

// MapDoubles2 is the kernel of a function of two numbers of any type as doubles.
func MapDoubles2(f func(a, b float64) float64) Kernel {
	return func(c *Call) arrow.Array {
		a, b, out := Doubles(c.Args[0]), Doubles(c.Args[1]), NewColumn[float64](c)
		c.Each(func(i int) { out.Set(i, f(a(i), b(i))) })
		return out.Finish()
	}
}

// MapText is Map1 for a function that appends its result to a buffer, which
// spares a string per row.
func MapText[A Value](f func(dst []byte, a A) []byte) Kernel {
	return func(c *Call) arrow.Array {
		a, out := Reader[A](c.Args[0]), NewColumn[[]byte](c)
		var buf []byte
		c.Each(func(i int) {
			buf = f(buf[:0], a(i))
			out.Set(i, buf)
		})
		return out.Finish()
	}
}

// MapTextBy is MapText for a function that has something to use again from row to row of
// a batch: start makes it for each batch.
func MapTextBy[A Value](start func() func(dst []byte, a A) []byte) Kernel {
	return func(c *Call) arrow.Array { return MapText(start())(c) }
}

// MapTextBy2 is MapTextBy for two arguments.
func MapTextBy2[A, B Value](start func() func(dst []byte, a A, b B) []byte) Kernel {
	return func(c *Call) arrow.Array {
		f, a, b, out := start(), Reader[A](c.Args[0]), Reader[B](c.Args[1]), NewColumn[[]byte](c)
		var buf []byte
		c.Each(func(i int) {
			buf = f(buf[:0], a(i), b(i))
			out.Set(i, buf)
		})
		return out.Finish()
	}
}

// Count is the kernel of a function from the ranges of arrays or maps to a number.
func Count(f func(lo, hi int) int64) Kernel {
	return func(c *Call) arrow.Array {
		lists, out := ReadLists(c.Args[0]), NewColumn[int64](c)
		c.Each(func(i int) { out.Set(i, f(lists.Range(i))) })
		return out.Finish()
	}
}

// Repeat returns an array of n times the first element of a.
func Repeat(alloc memory.Allocator, a arrow.Array, n int) arrow.Array {
	return Gather(alloc, a, make([]int32, n))
}
