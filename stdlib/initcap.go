package stdlib

import (
	"unicode"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnInitcap() *Function {
	return define(sig.Function{
		Name: "initcap", Group: groupText,
		Doc: "Turns the first letter of each word to upper case and the others to lower case. A word is a run of letters and digits.",
		Examples: examples(
			`initcap("new york CITY")`, `"New York City"`,
			`initcap("o'neil-ÅSTRÖM 2nd")`, `"O'Neil-Åström 2nd"`,
			`initcap("")`, `""`,
		),
	}, overload{text: "initcap(s: string) -> string", kernel: kernel.MapText(appendInitcap)})
}

func appendInitcap(dst []byte, s string) []byte {
	inside := false
	for _, r := range s {
		if inside {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		} else {
			dst = utf8.AppendRune(dst, unicode.ToUpper(r))
		}
		inside = unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return dst
}
