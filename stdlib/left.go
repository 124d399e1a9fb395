package stdlib

import (
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnLeft() *Function {
	return define(sig.Function{
		Name: "left", Group: groupText,
		Doc: "Takes the first n characters; with a negative n, all but the last -n.",
		Examples: examples(
			`left("Helsinki", 3)`, `"Hel"`,
			`left("Helsinki", -2)`, `"Helsin"`,
			`left("ab", 5)`, `"ab"`,
			`left("ab", -5)`, `""`,
		),
	}, overload{text: "left(s: string, n: long) -> string", kernel: kernel.Map2(func(s string, n int64) string {
		if n < 0 {
			n = max(int64(utf8.RuneCountInString(s))+n, 0)
		}
		return firstChars(s, n)
	})})
}
