package stdlib

import (
	"crypto/sha1"
	"encoding/hex"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnSHA1() *Function {
	return define(sig.Function{
		Name: "sha1", Group: groupHash,
		Doc: "Gives the SHA-1 hash of a text or of bytes in hexadecimal digits.",
		Examples: examples(
			`sha1("")`, `"da39a3ee5e6b4b0d3255bfef95601890afd80709"`,
			`sha1("abc")`, `"a9993e364706816aba3e25717850c26c9cd0d89d"`,
		),
	}, digest("sha1", func(dst, b []byte) []byte {
		sum := sha1.Sum(b)
		return hex.AppendEncode(dst, sum[:])
	})...)
}
