package stdlib

import (
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnASCII() *Function {
	return define(sig.Function{
		Name: "ascii", Group: groupText,
		Doc: "Gives the code point of the first character, 0 for an empty text.",
		Examples: examples(
			`ascii("A")`, `65`,
			`ascii("€uro")`, `8364`,
			`ascii("")`, `0`,
		),
	}, overload{text: "ascii(s: string) -> int", kernel: kernel.Map1(func(s string) int32 {
		if s == "" {
			return 0
		}
		r, _ := utf8.DecodeRuneInString(s)
		return r
	})})
}
