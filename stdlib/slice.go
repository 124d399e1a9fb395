package stdlib

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnSlice() *Function {
	return define(sig.Function{
		Name: "slice", Group: groupArray,
		Doc:     "Takes the elements of an array from an index on (from 0), all of them or as many as said. Past the end there are none.",
		Failure: "The index or the count is negative.",
		Examples: examples(
			`slice([1, 2, 3, 4], 1, 2)`, `[2, 3]`,
			`slice([1, 2, 3, 4], 2)`, `[3, 4]`,
			`slice([1, 2], 5, 1)`, `[]`,
			`slice([1, 2], -1, 1)`, `error: a slice from -1 of 1 elements is not one`,
		),
	},
		overload{text: "slice<T>(xs: array<T>, start: long) -> array<T>", kernel: sliceKernel},
		overload{text: "slice<T>(xs: array<T>, start: long, count: long) -> array<T>", kernel: sliceKernel},
	)
}

func sliceKernel(c *kernel.Call) arrow.Array {
	lists, start := kernel.ReadLists(c.Args[0]), kernel.Reader[int64](c.Args[1])
	count := func(int) int64 { return math.MaxInt32 }
	if len(c.Args) == 3 {
		count = kernel.Reader[int64](c.Args[2])
	}
	return chooseElements(c, lists.Elems.Arr, func(positions []int32, row int) ([]int32, bool) {
		lo, hi := lists.Range(row)
		at, n := start(row), count(row)
		if at < 0 || n < 0 {
			c.Fail(row, fmt.Sprintf("a slice from %d of %d elements is not one", at, n))
			return nil, false
		}
		size := int64(hi - lo)
		first := min(at, size)
		for p := first; p < first+min(n, size-first); p++ {
			positions = append(positions, int32(lo)+int32(p))
		}
		return positions, true
	})
}
