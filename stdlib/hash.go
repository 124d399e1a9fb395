package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/zeebo/xxh3"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnHash() *Function {
	return define(sig.Function{
		Name: "hash", Group: groupHash,
		Doc: "Gives a number of 64 bits that is the same for equal values, on every machine and in every version. It is XXH3 of the value's bytes (of a text, its UTF-8), seeded by the XXH3 of the salt unless that is empty.",
		Examples: examples(
			`hash("")`, `3244421341483603138`,
			`hash("abc") == hash("abc")`, `true`,
			`hash("abc", "pepper") == hash("abc")`, `false`,
			`hash(42) == hash("42")`, `false`,
		),
	}, overload{text: `hash<T: keyed>(x: T, salt: string = "") -> long`, kernel: hashKernel})
}

func hashKernel(c *kernel.Call) arrow.Array {
	write := keyWriter(c.Args[0].Type.NonNull(), c.Args[0].Arr)
	salt, out := kernel.Reader[string](c.Args[1]), kernel.NewColumn[int64](c)
	var buf []byte
	c.Each(func(i int) {
		buf = write(buf[:0], c.Args[0].Index(i))
		seed := uint64(0)
		if s := salt(i); s != "" {
			seed = xxh3.HashString(s)
		}
		out.Set(i, int64(xxh3.HashSeed(buf, seed)))
	})
	return out.Finish()
}
