package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnByteLength() *Function {
	return define(sig.Function{
		Name: "byte_length", Group: groupText,
		Doc: "Counts the bytes of a text in UTF-8, or of bytes.",
		Examples: examples(
			`byte_length("sauna")`, `5`,
			`byte_length("Åbo")`, `4`,
			`byte_length(to_utf8("€"))`, `3`,
		),
	},
		overload{text: "byte_length(s: string) -> long", kernel: kernel.Map1(func(s string) int64 { return int64(len(s)) })},
		overload{text: "byte_length(b: bytes) -> long", kernel: kernel.Map1(func(b []byte) int64 { return int64(len(b)) })},
	)
}
