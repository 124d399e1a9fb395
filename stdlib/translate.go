package stdlib

import (
	"strings"
	"unicode/utf8"

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
	}, overload{text: "translate(s: string, old: string, new: string) -> string", kernel: kernel.MapTextErr3(translateText)})
}

func translateText(dst []byte, s, old, new string) ([]byte, error) {
	for _, r := range s {
		at := strings.IndexRune(old, r)
		if at < 0 {
			dst = utf8.AppendRune(dst, r)
			continue
		}
		into := withoutFirst(new, int64(utf8.RuneCountInString(old[:at])))
		dst = append(dst, firstChars(into, 1)...)
	}
	return dst, nil
}
