package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnMapConcat() *Function {
	return define(sig.Function{
		Name: "map_concat", Group: groupMap,
		Doc: "Puts two maps together. Where both have a key, the value of the second counts.",
		Examples: examples(
			`keys(map_concat(map_from(["a", "b"], [1, 2]), map_from(["b", "c"], [3, 4])))`, `["a", "b", "c"]`,
			`values(map_concat(map_from(["a", "b"], [1, 2]), map_from(["b", "c"], [3, 4])))`, `[1, 3, 4]`,
		),
	}, overload{text: "map_concat<V>(a: map<V>, b: map<V>) -> map<V>", kernel: func(c *kernel.Call) arrow.Array {
		a, b := kernel.ReadLists(c.Args[0]), kernel.ReadLists(c.Args[1])
		keys, starts := concatenated(c, a.Keys.Arr, b.Keys.Arr)
		defer keys.Release()
		values, _ := concatenated(c, a.Elems.Arr, b.Elems.Arr)
		defer values.Release()
		key := kernel.Reader[string](kernel.Vector{Type: types.TString, Arr: keys})
		m := newMapEntries(c)
		c.Each(func(i int) {
			for side, entries := range []kernel.Lists{a, b} {
				lo, hi := entries.Range(i)
				for p := starts[side] + lo; p < starts[side]+hi; p++ {
					m.put(key(p), int32(p), int32(p))
				}
			}
			m.end(i)
		})
		return m.finish(keys, values)
	}})
}
