package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnKeys() *Function {
	return define(sig.Function{
		Name: "keys", Group: groupMap,
		Doc: "Gives the keys of a map in the order they were put in.",
		Examples: examples(
			`keys(map_from(["b", "a"], [1, 2]))`, `["b", "a"]`,
			`length(keys(map_from(["b"], [1])))`, `1`,
		),
	}, overload{text: "keys<V>(m: map<V>) -> array<string>", kernel: func(c *kernel.Call) arrow.Array {
		entries := kernel.ReadLists(c.Args[0])
		return chooseElements(c, entries.Keys.Arr, allOf(entries))
	}})
}

// allOf chooses all elements of a row.
func allOf(lists kernel.Lists) func(positions []int32, row int) ([]int32, bool) {
	return func(positions []int32, row int) ([]int32, bool) {
		lo, hi := lists.Range(row)
		for p := lo; p < hi; p++ {
			positions = append(positions, int32(p))
		}
		return positions, true
	}
}
