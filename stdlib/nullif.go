package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnNullif() *Function {
	return define(sig.Function{
		Name: "nullif", Group: groupMaths,
		Doc:   "Gives null when two values are equal, else the first.",
		Nulls: "A null to compare with leaves the first value as it is.",
		Examples: examples(
			`nullif("n/a", "n/a")`, `null`,
			`nullif("12", "n/a")`, `"12"`,
			`nullif(0, 0)`, `null`,
			`nullif(3, null)`, `3`,
		),
	}, overload{text: "nullif<T>(x: T, other: T?) -> T?", kernel: func(c *kernel.Call) arrow.Array {
		equal := kernel.Equals(c.Args[0].Type.NonNull(), c.Args[0].Arr, c.Args[1].Arr)
		return pick(c, func(row int) int {
			if !kernel.IsNullAt(c.Args[1], row) && equal(c.Args[0].Index(row), c.Args[1].Index(row)) {
				return -1
			}
			return 0
		})
	}})
}
