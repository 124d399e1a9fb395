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
		c.Each(func(i int) {
			v, err := f(a(i))
			setOrFail(c, out, i, v, err)
		})
		return out.Finish()
	}
}

// MapErr2 is MapErr1 for two arguments.
func MapErr2[A, B, R Value](f func(A, B) (R, error)) Kernel {
	return func(c *Call) arrow.Array {
		a, b, out := Reader[A](c.Args[0]), Reader[B](c.Args[1]), NewColumn[R](c)
		c.Each(func(i int) {
			v, err := f(a(i), b(i))
			setOrFail(c, out, i, v, err)
		})
		return out.Finish()
	}
}

// MapErr3 is MapErr1 for three arguments.
func MapErr3[A, B, C, R Value](f func(A, B, C) (R, error)) Kernel {
	return func(c *Call) arrow.Array {
		a, b, d, out := Reader[A](c.Args[0]), Reader[B](c.Args[1]), Reader[C](c.Args[2]), NewColumn[R](c)
		c.Each(func(i int) {
			v, err := f(a(i), b(i), d(i))
			setOrFail(c, out, i, v, err)
		})
		return out.Finish()
	}
}

func setOrFail[R Value](c *Call, out *Column[R], row int, v R, err error) {
	if err != nil {
		c.Fail(row, err.Error())
		return
	}
	out.Set(row, v)
}

// MapTextErr1 is MapErr1 for a function that appends its result, text or bytes, to a
// buffer.
func MapTextErr1[A Value](f func(dst []byte, a A) ([]byte, error)) Kernel {
	return func(c *Call) arrow.Array {
		a := Reader[A](c.Args[0])
		return textsOrFail(c, func(dst []byte, i int) ([]byte, error) { return f(dst, a(i)) })
	}
}

// MapTextErr2 is MapTextErr1 for two arguments.
func MapTextErr2[A, B Value](f func(dst []byte, a A, b B) ([]byte, error)) Kernel {
	return func(c *Call) arrow.Array {
		a, b := Reader[A](c.Args[0]), Reader[B](c.Args[1])
		return textsOrFail(c, func(dst []byte, i int) ([]byte, error) { return f(dst, a(i), b(i)) })
	}
}

// MapTextErr3 is MapTextErr1 for three arguments.
func MapTextErr3[A, B, C Value](f func(dst []byte, a A, b B, d C) ([]byte, error)) Kernel {
	return func(c *Call) arrow.Array {
		a, b, d := Reader[A](c.Args[0]), Reader[B](c.Args[1]), Reader[C](c.Args[2])
		return textsOrFail(c, func(dst []byte, i int) ([]byte, error) { return f(dst, a(i), b(i), d(i)) })
	}
}

func textsOrFail(c *Call, f func(dst []byte, row int) ([]byte, error)) arrow.Array {
	out := NewColumn[[]byte](c)
	var buf []byte
	c.Each(func(i int) {
		text, err := f(buf[:0], i)
		setOrFail(c, out, i, text, err)
		if err == nil {
			buf = text
		}
	})
	return out.Finish()
}

// MapOpt1 is the kernel of a function of one argument that may have no result.
func MapOpt1[A, R Value](f func(A) (R, bool)) Kernel {
	return func(c *Call) arrow.Array {
		a, out := Reader[A](c.Args[0]), NewColumn[R](c)
		c.Each(func(i int) {
			v, ok := f(a(i))
			setOrNull(out, i, v, ok)
		})
		return out.Finish()
	}
}

// MapOpt2 is MapOpt1 for two arguments.
func MapOpt2[A, B, R Value](f func(A, B) (R, bool)) Kernel {
	return func(c *Call) arrow.Array {
		a, b, out := Reader[A](c.Args[0]), Reader[B](c.Args[1]), NewColumn[R](c)
		c.Each(func(i int) {
			v, ok := f(a(i), b(i))
			setOrNull(out, i, v, ok)
		})
		return out.Finish()
	}
}

// MapOpt3 is MapOpt1 for three arguments.
func MapOpt3[A, B, C, R Value](f func(A, B, C) (R, bool)) Kernel {
	return func(c *Call) arrow.Array {
		a, b, d, out := Reader[A](c.Args[0]), Reader[B](c.Args[1]), Reader[C](c.Args[2]), NewColumn[R](c)
		c.Each(func(i int) {
			v, ok := f(a(i), b(i), d(i))
			setOrNull(out, i, v, ok)
		})
		return out.Finish()
	}
}

func setOrNull[R Value](out *Column[R], row int, v R, ok bool) {
	if !ok {
		out.Null(row)
		return
	}
	out.Set(row, v)
}
