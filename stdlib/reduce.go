package stdlib

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnReduce() *Function {
	return define(sig.Function{
		Name: "reduce", Group: groupArray,
		Doc:     "Carries a value through an array: a function makes the next of it and of each element in turn.",
		Failure: "The function fails for an element.",
		Examples: examples(
			`reduce([1, 2, 3], 10, fn(sum, x) => sum + x)`, `16`,
			`reduce(["a", "b"], "", fn(text, s) => concat(text, s))`, `"ab"`,
			`reduce(range(0), 7, fn(sum, x) => sum + x)`, `7`,
		),
	}, overload{text: "reduce<T, A>(xs: array<T>, initial: A, f: fn(A, T) -> A) -> A", kernel: reduceKernel})
}

// reduceKernel runs the lambda once per index, on all rows that have an element
// there, so that its cost goes with the longest array and not with the rows.
func reduceKernel(c *kernel.Call) arrow.Array {
	lists, initial := kernel.ReadLists(c.Args[0]), c.Args[1]
	positions := nowhere(c.N)
	active := make([]int32, 0, c.N)
	c.Each(func(i int) {
		positions[i] = int32(initial.Index(i))
		active = append(active, int32(i))
	})
	value := kernel.Gather(c.Alloc, initial.Arr, positions)
	for k := 0; ; k++ {
		var elems []int32
		active = slices.DeleteFunc(active, func(row int32) bool {
			lo, hi := lists.Range(int(row))
			if k < hi-lo {
				elems = append(elems, int32(lo+k))
			}
			return k >= hi-lo
		})
		if len(active) == 0 {
			return value
		}
		value = reduceStep(c, value, active, kernel.Gather(c.Alloc, lists.Elems.Arr, elems))
	}
}

// reduceStep replaces the values of the active rows; it takes over both arrays.
func reduceStep(c *kernel.Call, value arrow.Array, active []int32, elems arrow.Array) arrow.Array {
	defer value.Release()
	defer elems.Release()
	carried := kernel.Gather(c.Alloc, value, active)
	defer carried.Release()
	made := c.Lambdas[2](len(active), active,
		kernel.Vector{Type: c.Result, Arr: carried}, kernel.Vector{Type: c.Args[0].Type.Elem, Arr: elems})
	defer made.Arr.Release()
	positions := make([]int32, value.Len())
	for i := range positions {
		positions[i] = int32(i)
	}
	for i, row := range active {
		positions[row] = int32(value.Len() + made.Index(i))
	}
	return kernel.GatherAny(c.Alloc, []arrow.Array{value, made.Arr}, positions)
}
