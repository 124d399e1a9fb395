package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnConcatWs() *Function {
	return define(sig.Function{
		Name: "concat_ws", Group: groupText,
		Doc:     "Writes texts one after the other with a separator between them.",
		Nulls:   "Null texts are left out, with their separator; a null separator gives null.",
		Failure: "The result is longer than 16 MiB.",
		Examples: examples(
			`concat_ws(", ", "a", "b", "c")`, `"a, b, c"`,
			`concat_ws("-", "a", null, "c")`, `"a-c"`,
			`concat_ws("-", null)`, `""`,
		),
	}, overload{text: "concat_ws(separator: string, parts: string?...) -> string", kernel: concatWsKernel})
}

func concatWsKernel(c *kernel.Call) arrow.Array {
	separator := kernel.Reader[string](c.Args[0])
	parts := make([]func(int) string, len(c.Args))
	for i, arg := range c.Args {
		parts[i] = kernel.Reader[string](arg)
	}
	out := kernel.NewColumn[[]byte](c)
	var buf []byte
	c.Each(func(i int) {
		buf = buf[:0]
		first := true
		for a, part := range parts {
			if a == 0 || kernel.IsNullAt(c.Args[a], i) {
				continue
			}
			if !first {
				buf = append(buf, separator(i)...)
			}
			first = false
			buf = append(buf, part(i)...)
		}
		if len(buf) > maxText {
			c.Fail(i, errTextTooLong.Error())
			return
		}
		out.Set(i, buf)
	})
	return out.Finish()
}
