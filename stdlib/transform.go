package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnTransform() *Function {
	return define(sig.Function{
		Name: "transform", Group: groupArray,
		Doc:     "Gives the array of what a function makes of each element.",
		Failure: "The function fails for an element.",
		Examples: examples(
			`transform([1, 2, 3], x => x * 2)`, `[2, 4, 6]`,
			`transform(["a", "b"], s => upper(s))`, `["A", "B"]`,
		),
	}, overload{text: "transform<T, R>(xs: array<T>, f: fn(T) -> R) -> array<R>", kernel: func(c *kernel.Call) arrow.Array {
		lists := kernel.ReadLists(c.Args[0])
		run := elementsOf(c, lists)
		defer run.elems.Release()
		made := run.call(c, 1, c.Args[0].Type.Elem)
		defer made.Arr.Release()
		at := 0
		return chooseElements(c, made.Arr, func(positions []int32, row int) ([]int32, bool) {
			lo, hi := lists.Range(row)
			for range hi - lo {
				positions = append(positions, int32(made.Index(at)))
				at++
			}
			return positions, true
		})
	}})
}
