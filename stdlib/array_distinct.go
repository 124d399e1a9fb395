package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArrayDistinct() *Function {
	return define(sig.Function{
		Name: "array_distinct", Group: groupArray,
		Doc: "Keeps the first of equal elements.",
		Examples: examples(
			`array_distinct([3, 1, 3, 2, 1])`, `[3, 1, 2]`,
			`array_distinct(["a", null, "a", null])`, `["a", null]`,
		),
	}, overload{text: "array_distinct<T: keyed>(xs: array<T>) -> array<T>", kernel: func(c *kernel.Call) arrow.Array {
		lists := kernel.ReadLists(c.Args[0])
		key := memberKey(c.Args[0].Type.Elem.NonNull(), lists.Elems.Arr)
		var buf []byte
		return chooseElements(c, lists.Elems.Arr, func(positions []int32, row int) ([]int32, bool) {
			lo, hi := lists.Range(row)
			seen := make(map[string]struct{}, hi-lo)
			for p := lo; p < hi; p++ {
				buf = key(buf[:0], p)
				if _, ok := seen[string(buf)]; !ok {
					seen[string(buf)] = struct{}{}
					positions = append(positions, int32(p))
				}
			}
			return positions, true
		})
	}})
}
