package stdlib

import (
	"unicode"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnLower() *Function {
	return define(sig.Function{
		Name: "lower", Group: groupText,
		Doc: "Turns letters to lower case, the same way in every locale.",
		Examples: examples(
			`lower("Vaasa")`, `"vaasa"`,
			`lower("ÅÄÖ ΣΑΣ")`, `"åäö σασ"`,
			`lower("")`, `""`,
		),
	}, overload{text: "lower(s: string) -> string", kernel: kernel.MapText(appendLower)})
}

func appendLower(dst []byte, s string) []byte { return appendCase(dst, s, 'A', 'Z', unicode.ToLower) }
