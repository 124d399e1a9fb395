package stdlib

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnJSONElements() *Function {
	return define(sig.Function{
		Name: "json_elements", Group: groupJSON,
		Doc:     "Gives the elements of a JSON array as an array, for `unnest`.",
		Failure: "The value is not a JSON array.",
		Examples: examples(
			`length(json_elements(parse_json('[1, "a", {}]')!)!)`, `3`,
			`json_elements(parse_json("[]")!)`, `[]`,
			`json_elements(parse_json("{}")!)`, `error: a JSON object is not an array`,
		),
	}, overload{text: "json_elements(j: json) -> array<json>!", kernel: func(c *kernel.Call) arrow.Array {
		j := kernel.Reader[string](c.Args[0])
		return textLists(c, func(i int, parts []string) ([]string, bool) {
			ok := jsonItems(j(i), func(value string) bool {
				parts = append(parts, value)
				return true
			})
			if !ok {
				c.Fail(i, fmt.Sprintf("a JSON %s is not an array", jsonType(j(i))))
			}
			return parts, ok
		})
	}})
}
