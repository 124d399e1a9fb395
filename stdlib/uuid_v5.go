package stdlib

import (
	"crypto/sha1"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnUUIDV5() *Function {
	return define(sig.Function{
		Name: "uuid_v5", Group: groupHash,
		Doc: "Makes the UUID (version 5) of a name in a namespace: always the same for the same two.",
		Examples: examples(
			`string(uuid_v5(parse_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8")!, "www.example.com"))`, `"2ed6657d-e927-568b-95e1-2665a8aea6a2"`,
			`string(uuid_v5(parse_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8")!, "python.org"))`, `"886313e1-3b8a-5372-9b90-0c9aee199e5d"`,
		),
	}, overload{text: "uuid_v5(namespace: uuid, name: string) -> uuid", kernel: kernel.MapTextBy2(func() func(dst, namespace, name []byte) []byte {
		h := sha1.New()
		return func(dst, namespace, name []byte) []byte {
			h.Reset()
			h.Write(namespace)
			h.Write(name)
			id := h.Sum(dst)[:len(dst)+16]
			id[len(dst)+6] = id[len(dst)+6]&0x0f | 5<<4
			id[len(dst)+8] = id[len(dst)+8]&0x3f | 1<<7
			return id
		}
	})})
}
