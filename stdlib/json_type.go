package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnJSONType() *Function {
	return define(sig.Function{
		Name: "json_type", Group: groupJSON,
		Doc: "Names the kind of a JSON value: object, array, string, number, boolean or null.",
		Examples: examples(
			`json_type(parse_json('{"a": 1}')!)`, `"object"`,
			`json_type(parse_json("-1.5")!)`, `"number"`,
			`json_type(parse_json("null")!)`, `"null"`,
		),
	}, overload{text: "json_type(j: json) -> string", kernel: kernel.Map1(jsonType)})
}
