package stdlib

import (
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnRight() *Function {
	return define(sig.Function{
		Name: "right", Group: groupText,
		Doc: "Takes the last n characters; with a negative n, all but the first -n.",
		Examples: examples(
			`right("Helsinki", 3)`, `"nki"`,
			`right("Helsinki", -3)`, `"sinki"`,
			`right("ab", 5)`, `"ab"`,
			`right("ab", 0)`, `""`,
		),
	}, overload{text: "right(s: string, n: long) -> string", kernel: kernel.Map2(func(s string, n int64) string {
		if n < 0 {
			return withoutFirst(s, max(-n, 0))
		}
		return withoutFirst(s, max(int64(utf8.RuneCountInString(s))-n, 0))
	})})
}
