package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArrayHasAny() *Function {
	return define(sig.Function{
		Name: "array_has_any", Group: groupArray,
		Doc: "Tells whether two arrays have an element in common.",
		Examples: examples(
			`array_has_any([1, 2], [2, 3])`, `true`,
			`array_has_any([1, 2], [3])`, `false`,
			`array_has_any([1, 2], range(0))`, `false`,
		),
	}, overload{text: "array_has_any<T>(xs: array<T>, ys: array<T>) -> boolean", kernel: func(c *kernel.Call) arrow.Array {
		return lookUpElements(c, func(found, wanted int) bool { return found > 0 })
	}})
}

// lookUpElements counts how many elements of the second array the first has.
func lookUpElements(c *kernel.Call, answer func(found, wanted int) bool) arrow.Array {
	xs, ys, out := kernel.ReadLists(c.Args[0]), kernel.ReadLists(c.Args[1]), kernel.NewColumn[bool](c)
	equal := kernel.Equals(c.Args[0].Type.Elem.NonNull(), xs.Elems.Arr, ys.Elems.Arr)
	c.Each(func(i int) {
		lo, hi := xs.Range(i)
		first, end := ys.Range(i)
		found := 0
		for q := first; q < end; q++ {
			for p := lo; p < hi; p++ {
				if equal(p, q) {
					found++
					break
				}
			}
		}
		out.Set(i, answer(found, end-first))
	})
	return out.Finish()
}
