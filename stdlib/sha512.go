package stdlib

import (
	"crypto/sha512"
	"encoding/hex"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnSHA512() *Function {
	return define(sig.Function{
		Name: "sha512", Group: groupHash,
		Doc: "Gives the SHA-512 hash of a text or of bytes in hexadecimal digits.",
		Examples: examples(
			`sha512("abc")`, `"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"`,
			`length(sha512(""))`, `128`,
		),
	}, digest("sha512", func(dst, b []byte) []byte {
		sum := sha512.Sum512(b)
		return hex.AppendEncode(dst, sum[:])
	})...)
}
