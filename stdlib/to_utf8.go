package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnToUTF8() *Function {
	return define(sig.Function{
		Name: "to_utf8", Group: groupText,
		Doc: "Gives the bytes of a text in UTF-8.",
		Examples: examples(
			`to_hex(to_utf8("€"))`, `"e282ac"`,
			`byte_length(to_utf8(""))`, `0`,
		),
	}, overload{text: "to_utf8(s: string) -> bytes", kernel: kernel.Map1(func(s []byte) []byte { return s })})
}
