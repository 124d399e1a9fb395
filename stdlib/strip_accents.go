package stdlib

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnStripAccents() *Function {
	return define(sig.Function{
		Name: "strip_accents", Group: groupText,
		Doc: "Removes accents and other marks from letters.",
		Examples: examples(
			`strip_accents("Mühleisen")`, `"Muhleisen"`,
			`strip_accents("Åländskä é")`, `"Alandska e"`,
			`strip_accents("øre")`, `"øre"`,
		),
	}, overload{text: "strip_accents(s: string) -> string", kernel: kernel.MapTextBy(func() func(dst []byte, s string) []byte {
		var apart, plain []byte
		return func(dst []byte, s string) []byte {
			apart, plain = norm.NFD.AppendString(apart[:0], s), plain[:0]
			for at := 0; at < len(apart); {
				r, size := utf8.DecodeRune(apart[at:])
				if !unicode.Is(unicode.Mn, r) {
					plain = utf8.AppendRune(plain, r)
				}
				at += size
			}
			return norm.NFC.Append(dst, plain...)
		}
	})})
}
