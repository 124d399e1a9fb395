package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArrayAvg() *Function {
	return define(sig.Function{
		Name: "array_avg", Group: groupArray,
		Doc: "Gives the mean of the numbers of an array; null when there are none. Nulls are left out.",
		Examples: examples(
			`array_avg([1, 2, 3, 4])`, `2.5e0`,
			`array_avg([1.50, 2.50])`, `2e0`,
			`array_avg(range(0))`, `null`,
		),
	}, overload{text: "array_avg<T: number>(xs: array<T>) -> double?", kernel: func(c *kernel.Call) arrow.Array {
		lists, out := kernel.ReadLists(c.Args[0]), kernel.NewColumn[float64](c)
		read := kernel.Doubles(lists.Elems)
		c.Each(func(i int) {
			sum, n := 0.0, 0
			lo, hi := lists.Range(i)
			for p := lo; p < hi; p++ {
				if !kernel.IsNullAt(lists.Elems, p) {
					sum += read(p)
					n++
				}
			}
			if n == 0 {
				out.Null(i)
				return
			}
			out.Set(i, sum/float64(n))
		})
		return out.Finish()
	}})
}
