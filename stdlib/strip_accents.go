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
	}, overload{text: "strip_accents(s: string) -> string", kernel: kernel.MapText(func(dst []byte, s string) []byte {
		for _, r := range norm.NFD.String(s) {
			if !unicode.Is(unicode.Mn, r) {
				dst = utf8.AppendRune(dst, r)
			}
		}
		return norm.NFC.Append(nil, dst...)
	})})
}
