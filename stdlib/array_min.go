package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArrayMin() *Function {
	return define(sig.Function{
		Name: "array_min", Group: groupArray,
		Doc: "Gives the smallest element of an array; null when there is none. Nulls are left out.",
		Examples: examples(
			`array_min([3, 1, 2])`, `1`,
			`array_min(["b", null, "a"])`, `"a"`,
			`array_min(range(0))`, `null`,
		),
	}, overload{text: "array_min<T: ordered>(xs: array<T>) -> T?", kernel: extremeElement(-1)})
}

// extremeElement is the kernel that finds the largest (1) or smallest (-1)
// element, the first of equal ones.
func extremeElement(sign int) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		lists := kernel.ReadLists(c.Args[0])
		compare := kernel.Compares(c.Args[0].Type.Elem.NonNull(), lists.Elems.Arr, lists.Elems.Arr)
		positions := nowhere(c.N)
		c.Each(func(i int) {
			best := -1
			lo, hi := lists.Range(i)
			for p := lo; p < hi; p++ {
				if !kernel.IsNullAt(lists.Elems, p) && (best < 0 || sign*compare(p, best) > 0) {
					best = p
				}
			}
			positions[i] = int32(best)
		})
		return kernel.Gather(c.Alloc, lists.Elems.Arr, positions)
	}
}
