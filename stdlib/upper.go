package stdlib

import (
	"unicode"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnUpper() *Function {
	return define(sig.Function{
		Name: "upper", Group: groupText,
		Doc: "Turns letters to upper case, character by character and the same way in every locale.",
		Examples: examples(
			`upper("Vaasa")`, `"VAASA"`,
			`upper("åäö straße")`, `"ÅÄÖ STRAßE"`,
			`upper("")`, `""`,
		),
	}, overload{text: "upper(s: string) -> string", kernel: kernel.MapText(appendUpper)})
}

func appendUpper(dst []byte, s string) []byte { return appendCase(dst, s, 'a', 'z', unicode.ToUpper) }

// appendCase changes the case of letters: ASCII letters from lo to hi by their
// sixth bit, others by to.
func appendCase(dst []byte, s string, lo, hi byte, to func(rune) rune) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			for _, r := range s[i:] {
				dst = utf8.AppendRune(dst, to(r))
			}
			return dst
		}
		if c >= lo && c <= hi {
			c ^= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
