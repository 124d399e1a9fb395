package stdlib

import (
	"encoding/hex"
	"fmt"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFromHex() *Function {
	return define(sig.Function{
		Name: "from_hex", Group: groupText,
		Doc:     "Reads bytes written in hexadecimal digits.",
		Failure: "The text has another character, or an odd number of digits.",
		Examples: examples(
			`to_hex(from_hex("4A4b")!)`, `"4a4b"`,
			`byte_length(from_hex("")!)`, `0`,
			`from_hex("4a4")`, `error: "4a4" is not hexadecimal`,
		),
	}, overload{text: "from_hex(s: string) -> bytes!", kernel: kernel.MapTextErr1(func(dst, s []byte) ([]byte, error) {
		dst, err := hex.AppendDecode(dst, s)
		if err != nil {
			return nil, fmt.Errorf("%q is not hexadecimal", s)
		}
		return dst, nil
	})})
}
