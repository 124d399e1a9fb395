package stdlib

import (
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnWidthBucket() *Function {
	return define(sig.Function{
		Name: "width_bucket", Group: groupMaths,
		Doc:     "Cuts the range from lo to hi into n buckets of equal width and tells which one x falls into: 1 to n, 0 below lo, n + 1 from hi on. Bounds may fall: lo above hi counts downwards.",
		Failure: "n is below 1, the bounds are equal, or a number is not finite.",
		Examples: examples(
			`width_bucket(5.35, 0.024, 10.06, 5)`, `3`,
			`width_bucket(0, 0, 10, 5)`, `1`,
			`width_bucket(10, 0, 10, 5)`, `6`,
			`width_bucket(-1, 0, 10, 5)`, `0`,
			`width_bucket(9, 10, 0, 5)`, `1`,
			`width_bucket(1, 0, 10, 0)`, `error: 0 buckets are too few`,
		),
	}, overload{text: "width_bucket<A: number, B: number, C: number>(x: A, lo: B, hi: C, n: long) -> long", kernel: widthBucketKernel})
}

func widthBucketKernel(c *kernel.Call) arrow.Array {
	x, lo, hi := kernel.Doubles(c.Args[0]), kernel.Doubles(c.Args[1]), kernel.Doubles(c.Args[2])
	n, out := kernel.Reader[int64](c.Args[3]), kernel.NewColumn[int64](c)
	c.Each(func(i int) {
		bucket, err := widthBucket(x(i), lo(i), hi(i), n(i))
		if err != nil {
			c.Fail(i, err.Error())
			return
		}
		out.Set(i, bucket)
	})
	return out.Finish()
}

func widthBucket(x, lo, hi float64, n int64) (int64, error) {
	switch {
	case n < 1 || n == math.MaxInt64:
		return 0, fmt.Errorf("%d buckets are too few", n)
	case math.IsNaN(x) || math.IsNaN(lo-hi) || math.IsInf(lo-hi, 0):
		return 0, errors.New("the number and the bounds of buckets must be finite")
	case lo == hi:
		return 0, errors.New("the bounds of the buckets are equal")
	case lo > hi:
		x, lo, hi = -x, -lo, -hi
	}
	if x < lo {
		return 0, nil
	}
	if x >= hi {
		return n + 1, nil
	}
	return min(int64(float64(n)*((x-lo)/(hi-lo)))+1, n), nil
}
