package kernel

import (
	"github.com/apache/arrow-go/v18/arrow"
)

// The kernels of functions that have no result for some arguments: with an error
// the row fails with the error's text, and with false the result is null.

// MapErr1 is the kernel of a function of one argument that may fail.
func MapErr1[A, R Value](f func(A) (R, error)) Kernel {
	return func(c *Call) arrow.Array {
		a, out := Reader[A](c.Args[0]), NewColumn[R](c)
		c.Each(func(i int) { setOrFail(c, out, i)(f(a(i))) })
		return out.Finish()
	}
}

// MapErr2 is MapErr1 for two arguments.
func MapErr2[A, B, R Value](f func(A, B) (R, error)) Kernel {
	return func(c *Call) arrow.Array {
		a, b, out := Reader[A](c.Args[0]), Reader[B](c.Args[1]), NewColumn[R](c)
		c.Each(func(i int) { setOrFail(c, out, i)(f(a(i), b(i))) })
		return out.Finish()
	}
}

// MapErr3 is MapErr1 for three arguments.
func MapErr3[A, B, C, R Value](f func(A, B, C) (R, error)) Kernel {
	return func(c *Call) arrow.Array {
		a, b, d, out := Reader[A](c.Args[0]), Reader[B](c.Args[1]), Reader[C](c.Args[2]), NewColumn[R](c)
		c.Each(func(i int) { setOrFail(c, out, i)(f(a(i), b(i), d(i))) })
		return out.Finish()
	}
}

func setOrFail[R Value](c *Call, out *Column[R], row int) func(R, error) {
	return func(v R, err error) {
		if err != nil {
			c.Fail(row, err.Error())
			return
		}
		out.Set(row, v)
	}
}

// MapOpt1 is the kernel of a function of one argument that may have no result.
func MapOpt1[A, R Value](f func(A) (R, bool)) Kernel {
	return func(c *Call) arrow.Array {
		a, out := Reader[A](c.Args[0]), NewColumn[R](c)
		c.Each(func(i int) { setOrNull(out, i)(f(a(i))) })
		return out.Finish()
	}
}

// MapOpt2 is MapOpt1 for two arguments.
func MapOpt2[A, B, R Value](f func(A, B) (R, bool)) Kernel {
	return func(c *Call) arrow.Array {
		a, b, out := Reader[A](c.Args[0]), Reader[B](c.Args[1]), NewColumn[R](c)
		c.Each(func(i int) { setOrNull(out, i)(f(a(i), b(i))) })
		return out.Finish()
	}
}

// MapOpt3 is MapOpt1 for three arguments.
func MapOpt3[A, B, C, R Value](f func(A, B, C) (R, bool)) Kernel {
	return func(c *Call) arrow.Array {
		a, b, d, out := Reader[A](c.Args[0]), Reader[B](c.Args[1]), Reader[C](c.Args[2]), NewColumn[R](c)
		c.Each(func(i int) { setOrNull(out, i)(f(a(i), b(i), d(i))) })
		return out.Finish()
	}
}

func setOrNull[R Value](out *Column[R], row int) func(R, bool) {
	return func(v R, ok bool) {
		if !ok {
			out.Null(row)
			return
		}
		out.Set(row, v)
	}
}
