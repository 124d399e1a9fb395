package stdlib

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnSHA256() *Function {
	return define(sig.Function{
		Name: "sha256", Group: groupHash,
		Doc: "Gives the SHA-256 hash of a text or of bytes in hexadecimal digits.",
		Examples: examples(
			`sha256("")`, `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`,
			`sha256("abc")`, `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`,
		),
	}, digest("sha256", func(dst, b []byte) []byte {
		sum := sha256.Sum256(b)
		return hex.AppendEncode(dst, sum[:])
	})...)
}
