package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnHasKey() *Function {
	return define(sig.Function{
		Name: "has_key", Group: groupMap,
		Doc: "Tells whether a map has a key.",
		Examples: examples(
			`has_key(map_from(["a", "b"], [1, 2]), "b")`, `true`,
			`has_key(map_from(["a"], [1]), "z")`, `false`,
		),
	}, overload{text: "has_key<V>(m: map<V>, key: string) -> boolean", kernel: func(c *kernel.Call) arrow.Array {
		entries, key, out := kernel.ReadLists(c.Args[0]), kernel.Reader[string](c.Args[1]), kernel.NewColumn[bool](c)
		keys := kernel.Reader[string](entries.Keys)
		c.Each(func(i int) { out.Set(i, entries.Find(i, key(i), keys) >= 0) })
		return out.Finish()
	}})
}
