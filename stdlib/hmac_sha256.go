package stdlib

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

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
	}, overload{text: "hmac_sha256(s: string, key: string) -> string", kernel: kernel.Map2(func(s, key string) string {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(s))
		return hex.EncodeToString(mac.Sum(nil))
	})})
}
