package stdlib

import (
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnReverse() *Function {
	return define(sig.Function{
		Name: "reverse", Group: groupText,
		Doc: "Turns the characters of a text, or the elements of an array, around.",
		Examples: examples(
			`reverse("stressed")`, `"desserts"`,
			`reverse("Åbo")`, `"obÅ"`,
			`reverse([1, 2, 3])`, `[3, 2, 1]`,
		),
	},
		overload{text: "reverse(s: string) -> string", kernel: kernel.MapText(appendReverse)},
		overload{text: "reverse<T>(xs: array<T>) -> array<T>", kernel: rearrange(func(positions []int32, lo, hi int) []int32 {
			for p := hi - 1; p >= lo; p-- {
				positions = append(positions, int32(p))
			}
			return positions
		})},
	)
}

func appendReverse(dst []byte, s string) []byte {
	for len(s) > 0 {
		_, n := utf8.DecodeLastRuneInString(s)
		dst = append(dst, s[len(s)-n:]...)
		s = s[:len(s)-n]
	}
	return dst
}
