package stdlib

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnHMACSHA256() *Function {
	return define(sig.Function{
		Name: "hmac_sha256", Group: groupHash,
		Doc: "Gives the HMAC-SHA-256 of a text under a key in hexadecimal digits.",
		Examples: examples(
			`hmac_sha256("what do ya want for nothing?", "Jefe")`, `"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"`,
			`hmac_sha256("", "")`, `"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"`,
		),
	}, overload{text: "hmac_sha256(s: string, key: string) -> string", kernel: kernel.MapTextBy2(func() func(dst, s, key []byte) []byte {
		var mac hash.Hash
		var of, sum []byte // the key of mac, and scratch
		return func(dst, s, key []byte) []byte {
			if mac == nil || !bytes.Equal(of, key) {
				of = append(of[:0], key...)
				mac = hmac.New(sha256.New, of)
			}
			mac.Reset()
			mac.Write(s)
			sum = mac.Sum(sum[:0])
			return hex.AppendEncode(dst, sum)
		}
	})})
}
