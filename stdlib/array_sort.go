package stdlib

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArraySort() *Function {
	return define(sig.Function{
		Name: "array_sort", Group: groupArray,
		Doc: "Puts the elements of an array in ascending order, null last and NaN before it.",
		Examples: examples(
			`array_sort([3, 1, 2])`, `[1, 2, 3]`,
			`array_sort(["b", null, "a"])`, `["a", "b", null]`,
			`reverse(array_sort([3, 1, 2]))`, `[3, 2, 1]`,
		),
	}, overload{text: "array_sort<T: ordered>(xs: array<T>) -> array<T>", kernel: func(c *kernel.Call) arrow.Array {
		elems := kernel.ReadLists(c.Args[0]).Elems.Arr
		compare := kernel.Compares(c.Args[0].Type.Elem.NonNull(), elems, elems)
		return rearrange(func(positions []int32, lo, hi int) []int32 {
			start := len(positions)
			for p := lo; p < hi; p++ {
				positions = append(positions, int32(p))
			}
			slices.SortStableFunc(positions[start:], func(a, b int32) int { return compare(int(a), int(b)) })
			return positions
		})(c)
	}})
}
