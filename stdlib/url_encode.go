package stdlib

import (
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnURLEncode() *Function {
	return define(sig.Function{
		Name: "url_encode", Group: groupURL,
		Doc: "Writes every character but letters, digits and `-._~` as percent signs and hexadecimal digits, for use within an address.",
		Examples: examples(
			`url_encode("a b&c=Å")`, `"a%20b%26c%3D%C3%85"`,
			`url_encode("safe-._~")`, `"safe-._~"`,
		),
	}, overload{text: "url_encode(s: string) -> string", kernel: kernel.MapText(func(dst []byte, s string) []byte {
		const digits = "0123456789ABCDEF"
		for i := range len(s) {
			c := s[i]
			if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
				dst = append(dst, c)
				continue
			}
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		}
		return dst
	})})
}
