package stdlib

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnMapGet() *Function {
	return define(sig.Function{
		Name: "map_get", Group: groupMap,
		Doc:     "Gives the value of a key of a map, as `m[key]` does.",
		Failure: "The map has no such key.",
		Examples: examples(
			`map_get(map_from(["a", "b"], [1, 2]), "b")`, `2`,
			`map_get(map_from(["a"], [1]), "z")`, `error: the map has no key "z"`,
		),
	}, overload{text: "map_get<V>(m: map<V>, key: string) -> V!", kernel: func(c *kernel.Call) arrow.Array {
		entries, key := kernel.ReadLists(c.Args[0]), kernel.Reader[string](c.Args[1])
		keys, positions := kernel.Reader[string](entries.Keys), nowhere(c.N)
		c.Each(func(i int) {
			at := entries.Find(i, key(i), keys)
			if at < 0 {
				c.Fail(i, fmt.Sprintf("the map has no key %q", key(i)))
			}
			positions[i] = int32(at)
		})
		return kernel.Gather(c.Alloc, entries.Elems.Arr, positions)
	}})
}
