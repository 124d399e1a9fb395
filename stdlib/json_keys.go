package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnJSONKeys() *Function {
	return define(sig.Function{
		Name: "json_keys", Group: groupJSON,
		Doc: "Gives the keys of a JSON object in their order; none for another value.",
		Examples: examples(
			`json_keys(parse_json('{"b": 1, "a": {"c": 2}}')!)`, `["b", "a"]`,
			`json_keys(parse_json("[1]")!)`, `[]`,
		),
	}, overload{text: "json_keys(j: json) -> array<string>", kernel: func(c *kernel.Call) arrow.Array {
		j := kernel.Reader[string](c.Args[0])
		return textLists(c, func(i int, parts []string) ([]string, bool) {
			jsonMembers(j(i), func(key, _ string) bool {
				parts = append(parts, unquote(key))
				return true
			})
			return parts, true
		})
	}})
}
