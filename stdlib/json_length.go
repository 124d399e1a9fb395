package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnJSONLength() *Function {
	return define(sig.Function{
		Name: "json_length", Group: groupJSON,
		Doc: "Counts the elements of a JSON array or the members of a JSON object; 0 for another value.",
		Examples: examples(
			`json_length(parse_json("[1, [2, 3]]")!)`, `2`,
			`json_length(parse_json('{"a": 1, "b": 2}')!)`, `2`,
			`json_length(parse_json('"text"')!)`, `0`,
		),
	}, overload{text: "json_length(j: json) -> long", kernel: kernel.Map1(func(j string) (n int64) {
		jsonItems(j, func(string) bool {
			n++
			return true
		})
		jsonMembers(j, func(string, string) bool {
			n++
			return true
		})
		return n
	})})
}
