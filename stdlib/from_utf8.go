package stdlib

import (
	"errors"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFromUTF8() *Function {
	return define(sig.Function{
		Name: "from_utf8", Group: groupText,
		Doc:     "Reads bytes as text in UTF-8.",
		Failure: "The bytes are not UTF-8.",
		Examples: examples(
			`from_utf8(from_hex("e282ac")!)`, `"€"`,
			`from_utf8(from_hex("ff")!)`, `error: the bytes are not UTF-8 text`,
		),
	}, overload{text: "from_utf8(b: bytes) -> string!", kernel: kernel.MapErr1(func(b []byte) ([]byte, error) {
		if !utf8.Valid(b) {
			return nil, errors.New("the bytes are not UTF-8 text")
		}
		return b, nil
	})})
}
