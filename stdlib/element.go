package stdlib

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnElement() *Function {
	return define(sig.Function{
		Name: "element", Group: groupArray,
		Doc:     "Gives the element of an array at an index from 0, as `xs[i]` does.",
		Failure: "The array has no such index.",
		Examples: examples(
			`element([10, 20], 0)`, `10`,
			`element(["a", null], 1)`, `null`,
			`element([10, 20], 3)`, `error: index 3 is outside an array of 2`,
			`element([10, 20], -1)`, `error: index -1 is outside an array of 2`,
		),
	}, overload{text: "element<T>(xs: array<T>, i: long) -> T!", kernel: func(c *kernel.Call) arrow.Array {
		lists, index := kernel.ReadLists(c.Args[0]), kernel.Reader[int64](c.Args[1])
		positions := nowhere(c.N)
		c.Each(func(row int) {
			lo, hi := lists.Range(row)
			i := index(row)
			if i < 0 || i >= int64(hi-lo) {
				c.Fail(row, fmt.Sprintf("index %d is outside an array of %d", i, hi-lo))
				return
			}
			positions[row] = int32(lo + int(i))
		})
		return kernel.Gather(c.Alloc, lists.Elems.Arr, positions)
	}})
}
