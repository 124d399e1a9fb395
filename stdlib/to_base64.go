package stdlib

import (
	"encoding/base64"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnToBase64() *Function {
	return define(sig.Function{
		Name: "to_base64", Group: groupText,
		Doc: "Writes bytes, or the UTF-8 bytes of a text, in base64 with padding.",
		Examples: examples(
			`to_base64("hello")`, `"aGVsbG8="`,
			`to_base64("")`, `""`,
			`to_base64(from_hex("fbff")!)`, `"+/8="`,
		),
	},
		overload{text: "to_base64(s: string) -> string", kernel: kernel.MapText(func(dst []byte, s string) []byte {
			return base64.StdEncoding.AppendEncode(dst, []byte(s))
		})},
		overload{text: "to_base64(b: bytes) -> string", kernel: kernel.MapText(func(dst []byte, b []byte) []byte {
			return base64.StdEncoding.AppendEncode(dst, b)
		})},
	)
}
