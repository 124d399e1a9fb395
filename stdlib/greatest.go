package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnGreatest() *Function {
	return define(sig.Function{
		Name: "greatest", Group: groupMaths,
		Doc: "Gives the largest of its arguments. NaN is above all other numbers.",
		Examples: examples(
			`greatest(3, 7, 5)`, `7`,
			`greatest("ant", "bee")`, `"bee"`,
			`greatest(@2026-01-31, @2026-02-01)`, `@2026-02-01`,
			`greatest(1.50, 1.25)`, `1.50`,
		),
	}, overload{text: "greatest<T: ordered>(values: T...) -> T", kernel: extreme(1)})
}

// extreme is the kernel that picks the largest (1) or smallest (-1) argument,
// the first of equal ones.
func extreme(sign int) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		compare := comparers(c)
		return pick(c, func(row int) int {
			best := 0
			for a := 1; a < len(c.Args); a++ {
				if sign*compare(row, a, best) > 0 {
					best = a
				}
			}
			return best
		})
	}
}
