package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArrayAppend() *Function {
	return define(sig.Function{
		Name: "array_append", Group: groupArray,
		Doc: "Adds an element at the end of an array.",
		Examples: examples(
			`array_append([1, 2], 3)`, `[1, 2, 3]`,
			`array_append(split("a", ","), "b")`, `["a", "b"]`,
		),
	}, overload{text: "array_append<T>(xs: array<T>, x: T) -> array<T>", kernel: func(c *kernel.Call) arrow.Array {
		return joinElements(c, 1)
	}})
}

// joinElements writes the elements of arguments one after the other: of all
// arguments but single, which is an element itself (-1 for none).
func joinElements(c *kernel.Call, single int) arrow.Array {
	arrs := make([]arrow.Array, len(c.Args))
	lists := make([]kernel.Lists, len(c.Args))
	for i, a := range c.Args {
		if arrs[i] = a.Arr; i != single {
			lists[i] = kernel.ReadLists(a)
			arrs[i] = lists[i].Elems.Arr
		}
	}
	all, starts := concatenated(c, arrs...)
	defer all.Release()
	return chooseElements(c, all, func(positions []int32, row int) ([]int32, bool) {
		for a := range c.Args {
			if a == single {
				positions = append(positions, int32(starts[a]+c.Args[a].Index(row)))
				continue
			}
			lo, hi := lists[a].Range(row)
			for p := starts[a] + lo; p < starts[a]+hi; p++ {
				positions = append(positions, int32(p))
			}
		}
		return positions, true
	})
}
