package stdlib

import (
	"slices"

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
	}, overload{text: "repeat(s: string, n: long) -> string", kernel: kernel.MapTextErr2(func(dst []byte, s string, n int64) ([]byte, error) {
		if n <= 0 || s == "" {
			return dst, nil
		}
		if n > maxText/int64(len(s)) {
			return nil, errTextTooLong
		}
		return appendRepeated(dst, s, int(n)), nil
	})})
}

func appendRepeated(dst []byte, s string, n int) []byte {
	dst = slices.Grow(dst, n*len(s))
	for range n {
		dst = append(dst, s...)
	}
	return dst
}
