package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnEntries() *Function {
	return define(sig.Function{
		Name: "entries", Group: groupMap,
		Doc: "Gives the entries of a map as records with the fields key and value, in the order they were put in.",
		Examples: examples(
			`length(entries(map_from(["b", "a"], [1, 2])))`, `2`,
			`entries(map_from(["b", "a"], [1, 2]))`, `[{ key: "b", value: 1 }, { key: "a", value: 2 }]`,
		),
	}, overload{
		text: "entries<V>(m: map<V>) -> array<record>",
		kernel: func(c *kernel.Call) arrow.Array {
			entries, lists := kernel.ReadLists(c.Args[0]), kernel.NewListColumn(c)
			var positions []int32
			c.Each(func(i int) {
				if lo, hi := entries.Range(i); lists.Set(i, hi-lo) {
					positions, _ = allOf(entries)(positions, i)
				}
			})
			keys, values := kernel.Gather(c.Alloc, entries.Keys.Arr, positions), kernel.Gather(c.Alloc, entries.Elems.Arr, positions)
			defer keys.Release()
			defer values.Release()
			data := array.NewData(kernel.ArrowType(c.Result.Elem), len(positions), []*memory.Buffer{nil}, []arrow.ArrayData{keys.Data(), values.Data()}, 0, 0)
			defer data.Release()
			return lists.Finish(array.MakeFromData(data))
		},
		refine: func(args []*types.Type) *types.Type {
			return types.ArrayOf(types.RecordOf(types.Field{Name: "key", Type: types.TString}, types.Field{Name: "value", Type: args[0].Elem}))
		},
	})
}
