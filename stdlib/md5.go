package stdlib

import (
	"crypto/md5"
	"encoding/hex"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnMD5() *Function {
	return define(sig.Function{
		Name: "md5", Group: groupHash,
		Doc: "Gives the MD5 hash of a text or of bytes in hexadecimal digits. It is no protection against anybody: see sha256.",
		Examples: examples(
			`md5("")`, `"d41d8cd98f00b204e9800998ecf8427e"`,
			`md5("abc")`, `"900150983cd24fb0d6963f7d28e17f72"`,
		),
	}, digest("md5", func(dst, b []byte) []byte {
		sum := md5.Sum(b)
		return hex.AppendEncode(dst, sum[:])
	})...)
}

// digest is the overloads of a hash of texts and bytes.
func digest(name string, sum func(dst, b []byte) []byte) []overload {
	return []overload{
		{text: name + "(s: string) -> string", kernel: kernel.MapText(func(dst []byte, s string) []byte { return sum(dst, []byte(s)) })},
		{text: name + "(b: bytes) -> string", kernel: kernel.MapText(sum)},
	}
}
