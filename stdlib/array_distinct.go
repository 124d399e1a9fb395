package stdlib

import (
	"unsafe"

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
		var codes []byte // of the elements of a row that differ
		seen := map[string]struct{}{}
		return chooseElements(c, lists.Elems.Arr, func(positions []int32, row int) ([]int32, bool) {
			lo, hi := lists.Range(row)
			codes = codes[:0]
			for p := lo; p < hi; p++ {
				from := len(codes)
				codes = key(codes, p)
				code := unsafe.String(&codes[from], len(codes)-from) // stays: nothing is written over it
				if _, ok := seen[code]; ok {
					codes = codes[:from]
					continue
				}
				seen[code] = struct{}{}
				positions = append(positions, int32(p))
			}
			if len(seen) > 64 {
				seen = map[string]struct{}{} // emptying it would take as long for each row
			}
			clear(seen)
			return positions, true
		})
	}})
}
