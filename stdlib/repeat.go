package stdlib

import (
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnRepeat() *Function {
	return define(sig.Function{
		Name: "repeat", Group: groupText,
		Doc:     "Writes a text n times; not at all when n is below 1.",
		Failure: "The result is longer than 16 MiB.",
		Examples: examples(
			`repeat("ab", 3)`, `"ababab"`,
			`repeat("ab", 0)`, `""`,
			`repeat("ab", -1)`, `""`,
			`repeat("ab", 9000000000)`, `error: the text would be longer than 16 MiB`,
		),
	}, overload{text: "repeat(s: string, n: long) -> string", kernel: kernel.MapErr2(func(s string, n int64) (string, error) {
		if n <= 0 || s == "" {
			return "", nil
		}
		if n > maxText/int64(len(s)) {
			return "", errTextTooLong
		}
		return strings.Repeat(s, int(n)), nil
	})})
}
