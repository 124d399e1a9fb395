package stdlib

import (
	"hash/crc32"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnCRC32() *Function {
	return define(sig.Function{
		Name: "crc32", Group: groupHash,
		Doc: "Gives the CRC-32 checksum (IEEE) of a text or of bytes.",
		Examples: examples(
			`crc32("123456789")`, `3421780262`,
			`crc32("")`, `0`,
		),
	},
		overload{text: "crc32(s: string) -> long", kernel: kernel.Map1(func(s []byte) int64 { return int64(crc32.ChecksumIEEE(s)) })},
		overload{text: "crc32(b: bytes) -> long", kernel: kernel.Map1(func(b []byte) int64 { return int64(crc32.ChecksumIEEE(b)) })},
	)
}
