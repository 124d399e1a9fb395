package stdlib

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnChr() *Function {
	return define(sig.Function{
		Name: "chr", Group: groupText,
		Doc:     "Gives the character of a code point.",
		Failure: "The number is not the code point of a character.",
		Examples: examples(
			`chr(65)`, `"A"`,
			`chr(8364)`, `"€"`,
			`chr(55296)`, `error: 55296 is not the code point of a character`,
		),
	}, overload{text: "chr(n: long) -> string", kernel: kernel.MapTextErr1(func(dst []byte, n int64) ([]byte, error) {
		if n <= 0 || n > unicode.MaxRune || !utf8.ValidRune(rune(n)) {
			return nil, fmt.Errorf("%d is not the code point of a character", n)
		}
		return utf8.AppendRune(dst, rune(n)), nil
	})})
}
