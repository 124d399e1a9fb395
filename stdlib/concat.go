package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnConcat() *Function {
	return define(sig.Function{
		Name: "concat", Group: groupText,
		Doc:     "Writes texts one after the other.",
		Failure: "The result is longer than 16 MiB.",
		Examples: examples(
			`concat("a", "b", "c")`, `"abc"`,
			`concat("Åbo")`, `"Åbo"`,
			`concat("", "")`, `""`,
		),
	}, overload{text: "concat(parts: string...) -> string", kernel: concatKernel})
}

func concatKernel(c *kernel.Call) arrow.Array {
	parts := make([]func(int) string, len(c.Args))
	for i, arg := range c.Args {
		parts[i] = kernel.Reader[string](arg)
	}
	out := kernel.NewColumn[[]byte](c)
	var buf []byte
	c.Each(func(i int) {
		buf = buf[:0]
		for _, part := range parts {
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
