package stdlib

import (
	"fmt"
	"strings"
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
	}, overload{text: "url_decode(s: string) -> string!", kernel: kernel.MapTextErr1(unescape)})
}

func unescape(dst []byte, s string) ([]byte, error) {
	from, left := len(dst), s
	for {
		before, after, found := strings.Cut(left, "%")
		dst = append(dst, before...)
		if !found {
			break
		}
		if len(after) < 2 {
			return nil, errNotEncoded(s)
		}
		hi, lo := kernel.HexDigit(after[0]), kernel.HexDigit(after[1])
		if hi > 15 || lo > 15 {
			return nil, errNotEncoded(s)
		}
		dst, left = append(dst, hi<<4|lo), after[2:]
	}
	if !utf8.Valid(dst[from:]) {
		return nil, errNotEncoded(s)
	}
	return dst, nil
}

func errNotEncoded(s string) error { return fmt.Errorf("%q is not percent-encoded text", s) }
