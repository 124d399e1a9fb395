package stdlib

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFromBase64() *Function {
	return define(sig.Function{
		Name: "from_base64", Group: groupText,
		Doc:     "Reads bytes written in base64, in the common or the URL alphabet, with or without padding.",
		Failure: "The text is not base64.",
		Examples: examples(
			`from_utf8(from_base64("aGVsbG8=")!)!`, `"hello"`,
			`to_hex(from_base64("-_8")!)`, `"fbff"`,
			`from_base64("a?")`, `error: "a?" is not base64`,
		),
	}, overload{text: "from_base64(s: string) -> bytes!", kernel: kernel.MapTextErr1(decodeBase64)})
}

func decodeBase64(dst, s []byte) ([]byte, error) {
	text := append(dst, bytes.TrimRight(s, "=")...)
	for i, c := range text {
		switch c {
		case '-':
			text[i] = '+'
		case '_':
			text[i] = '/'
		}
	}
	all, err := base64.RawStdEncoding.AppendDecode(text, text)
	if err != nil {
		return nil, fmt.Errorf("%q is not base64", s)
	}
	return all[:copy(all, all[len(text):])], nil // from the front
}
