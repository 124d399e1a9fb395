package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnValues() *Function {
	return define(sig.Function{
		Name: "values", Group: groupMap,
		Doc: "Gives the values of a map in the order of its keys.",
		Examples: examples(
			`values(map_from(["b", "a"], [1, 2]))`, `[1, 2]`,
			`array_sum(values(map_from(["b", "a"], [1, 2])))`, `3`,
		),
	}, overload{text: "values<V>(m: map<V>) -> array<V>", kernel: func(c *kernel.Call) arrow.Array {
		entries := kernel.ReadLists(c.Args[0])
		return chooseElements(c, entries.Elems.Arr, allOf(entries))
	}})
}
