package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnJSONAt() *Function {
	return define(sig.Function{
		Name: "json_at", Group: groupJSON,
		Doc:   "Gives the element of a JSON array at an index from 0, as `j[i]` does.",
		Nulls: "The result is null when there is no such element, when it is a JSON null, and when the value is not an array.",
		Examples: examples(
			`json_at(parse_json("[10, 20]")!, 1) == parse_json("20")!`, `true`,
			`json_at(parse_json("[10, 20]")!, 2)`, `null`,
			`json_at(parse_json("[10, 20]")!, -1)`, `null`,
			`json_at(parse_json("{}")!, 0)`, `null`,
		),
	}, overload{text: "json_at(j: json, i: long) -> json?", kernel: kernel.MapOpt2(func(j string, i int64) (found string, ok bool) {
		jsonItems(j, func(value string) bool {
			if i == 0 {
				found, ok = present(value)
			}
			i--
			return i >= 0
		})
		return found, ok
	})})
}
