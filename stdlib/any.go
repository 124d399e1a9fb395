package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnAny() *Function {
	return define(sig.Function{
		Name: "any", Group: groupArray,
		Doc:     "Tells whether a test holds for an element of an array; false for an empty one.",
		Failure: "The test fails for an element.",
		Examples: examples(
			`any([1, 2, 3], x => x > 2)`, `true`,
			`any([1, 2, 3], x => x > 3)`, `false`,
			`any(range(0), x => x > 0)`, `false`,
		),
	}, overload{text: "any<T>(xs: array<T>, test: fn(T) -> boolean) -> boolean", kernel: testAll(true)})
}

// testAll is the kernel that looks for an element whose answer is as said, and
// gives that answer when it finds one, else the opposite.
func testAll(answer bool) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		lists, out := kernel.ReadLists(c.Args[0]), kernel.NewColumn[bool](c)
		holds, free := testElements(c, elementsOf(c, lists))
		defer free()
		at := 0
		c.Each(func(i int) {
			lo, hi := lists.Range(i)
			found := false
			for range hi - lo {
				found = found || holds(at) == answer
				at++
			}
			out.Set(i, found == answer)
		})
		return out.Finish()
	}
}
