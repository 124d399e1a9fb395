package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFlatten() *Function {
	return define(sig.Function{
		Name: "flatten", Group: groupArray,
		Doc: "Writes the arrays in an array one after the other; null ones are left out.",
		Examples: examples(
			`flatten([[1, 2], [3]])`, `[1, 2, 3]`,
			`flatten([split("a,b", ","), split("c", ",")])`, `["a", "b", "c"]`,
		),
	}, overload{text: "flatten<T>(xs: array<array<T>>) -> array<T>", kernel: func(c *kernel.Call) arrow.Array {
		outer := kernel.ReadLists(c.Args[0])
		inner := kernel.ReadLists(outer.Elems)
		return chooseElements(c, inner.Elems.Arr, func(positions []int32, row int) ([]int32, bool) {
			lo, hi := outer.Range(row)
			for p := lo; p < hi; p++ {
				if kernel.IsNullAt(outer.Elems, p) {
					continue
				}
				first, end := inner.Range(p)
				for q := first; q < end; q++ {
					positions = append(positions, int32(q))
				}
			}
			return positions, true
		})
	}})
}
