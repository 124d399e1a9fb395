package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnLike() *Function {
	return define(sig.Function{
		Name: "like", Group: groupText,
		Doc:     "Computes `s like pattern`: `%` stands for any text, `_` for any one character, a backslash takes the next character as it is. Case matters, and the whole text must fit.",
		Failure: "The pattern ends in a backslash.",
		Examples: examples(
			`"Helsinki" like "Hel%"`, `true`,
			`"Helsinki" like "_elsin__"`, `true`,
			`"Helsinki" like "hel%"`, `false`,
			`"100%" like r"100\%"`, `true`,
			`"abcabd" like "%ab_"`, `true`,
			`"" like "%"`, `true`,
			`"a" like ""`, `false`,
		),
	}, overload{text: "like(s: string, pattern: string) -> boolean", kernel: likeKernel})
}

func likeKernel(c *kernel.Call) arrow.Array {
	s, out := kernel.Reader[string](c.Args[0]), kernel.NewColumn[bool](c)
	pattern := likes.reader(kernel.Reader[string](c.Args[1]), c.Fail)
	c.Each(func(i int) {
		if p, ok := pattern(i); ok {
			out.Set(i, p.match(s(i)))
		}
	})
	return out.Finish()
}
