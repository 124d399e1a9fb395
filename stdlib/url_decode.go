package stdlib

import (
	"fmt"
	"net/url"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnURLDecode() *Function {
	return define(sig.Function{
		Name: "url_decode", Group: groupURL,
		Doc:     "Reads text in which characters are written as percent signs and hexadecimal digits. A plus sign stays one.",
		Failure: "A percent sign is not followed by two hexadecimal digits, or the result is not UTF-8.",
		Examples: examples(
			`url_decode("a%20b%26c%3D%C3%85")`, `"a b&c=Å"`,
			`url_decode("1+1")`, `"1+1"`,
			`url_decode("100%")`, `error: "100%" is not percent-encoded text`,
		),
	}, overload{text: "url_decode(s: string) -> string!", kernel: kernel.MapErr1(func(s string) (string, error) {
		text, err := url.PathUnescape(s)
		if err != nil || !utf8.ValidString(text) {
			return "", fmt.Errorf("%q is not percent-encoded text", s)
		}
		return text, nil
	})})
}
