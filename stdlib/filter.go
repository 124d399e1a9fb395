package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFilter() *Function {
	return define(sig.Function{
		Name: "filter", Group: groupArray,
		Doc:     "Keeps the elements for which a test holds.",
		Failure: "The test fails for an element.",
		Examples: examples(
			`filter([1, 2, 3], x => x > 1)`, `[2, 3]`,
			`filter(["a", "bb"], s => length(s) > 5)`, `[]`,
		),
	}, overload{text: "filter<T>(xs: array<T>, test: fn(T) -> boolean) -> array<T>", kernel: func(c *kernel.Call) arrow.Array {
		lists := kernel.ReadLists(c.Args[0])
		holds, free := testElements(c, elementsOf(c, lists))
		defer free()
		at := 0
		return chooseElements(c, lists.Elems.Arr, func(positions []int32, row int) ([]int32, bool) {
			lo, hi := lists.Range(row)
			for p := lo; p < hi; p++ {
				if holds(at) {
					positions = append(positions, int32(p))
				}
				at++
			}
			return positions, true
		})
	}})
}
