package stdlib

import (
	"encoding/hex"
	"strconv"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnToHex() *Function {
	return define(sig.Function{
		Name: "to_hex", Group: groupText,
		Doc: "Writes bytes, the UTF-8 bytes of a text, or a whole number in hexadecimal digits. A negative number is written as its 64 bits.",
		Examples: examples(
			`to_hex("Åbo")`, `"c385626f"`,
			`to_hex(255)`, `"ff"`,
			`to_hex(-1)`, `"ffffffffffffffff"`,
			`to_hex(from_hex("00FF")!)`, `"00ff"`,
		),
	},
		overload{text: "to_hex(n: long) -> string", kernel: kernel.MapText(func(dst []byte, n int64) []byte { return strconv.AppendUint(dst, uint64(n), 16) })},
		overload{text: "to_hex(s: string) -> string", kernel: kernel.MapText(func(dst []byte, s string) []byte { return hex.AppendEncode(dst, []byte(s)) })},
		overload{text: "to_hex(b: bytes) -> string", kernel: kernel.MapText(func(dst []byte, b []byte) []byte { return hex.AppendEncode(dst, b) })},
	)
}
