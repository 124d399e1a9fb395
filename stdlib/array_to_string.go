package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArrayToString() *Function {
	return define(sig.Function{
		Name: "array_to_string", Group: groupArray,
		Doc:     "Writes the texts of an array one after the other with a separator between them. Null texts are left out.",
		Failure: "The result is longer than 16 MiB.",
		Examples: examples(
			`array_to_string(["a", "b", "c"], ", ")`, `"a, b, c"`,
			`array_to_string(["a", null, "c"], "-")`, `"a-c"`,
			`array_to_string(["a"], "-")`, `"a"`,
		),
	}, overload{text: "array_to_string(xs: array<string?>, separator: string) -> string", kernel: func(c *kernel.Call) arrow.Array {
		lists, separator := kernel.ReadLists(c.Args[0]), kernel.Reader[string](c.Args[1])
		text, out := kernel.Reader[string](lists.Elems), kernel.NewColumn[[]byte](c)
		var buf []byte
		c.Each(func(i int) {
			buf = buf[:0]
			lo, hi := lists.Range(i)
			first := true
			for p := lo; p < hi; p++ {
				if kernel.IsNullAt(lists.Elems, p) {
					continue
				}
				if !first {
					buf = append(buf, separator(i)...)
				}
				first = false
				buf = append(buf, text(p)...)
			}
			if len(buf) > maxText {
				c.Fail(i, errTextTooLong.Error())
				return
			}
			out.Set(i, buf)
		})
		return out.Finish()
	}})
}
