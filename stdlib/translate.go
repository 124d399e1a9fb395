package stdlib

import (
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnTranslate() *Function {
	return define(sig.Function{
		Name: "translate", Group: groupText,
		Doc: "Replaces each character found in `old` with the one at the same place in `new`; where `new` is shorter, the character is removed.",
		Examples: examples(
			`translate("12345", "143", "ax")`, `"a2x5"`,
			`translate("Åbo", "Å", "A")`, `"Abo"`,
		),
	}, overload{text: "translate(s: string, old: string, new: string) -> string", kernel: kernel.Map3(translateText)})
}

func translateText(s, old, new string) string {
	from, into := []rune(old), []rune(new)
	return strings.Map(func(r rune) rune {
		switch at := slices.Index(from, r); {
		case at < 0:
			return r
		case at < len(into):
			return into[at]
		}
		return -1
	}, s)
}
