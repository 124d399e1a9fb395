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
			`like("Helsinki", "Hel%")`, `true`,
			`like("Helsinki", "_elsin__")`, `true`,
			`like("Helsinki", "hel%")`, `false`,
			`like("100%", r"100\%")`, `true`,
			`like("abcabd", "%ab_")`, `true`,
			`like("", "%")`, `true`,
			`like("a", "")`, `false`,
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
