package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnJSONGet() *Function {
	return define(sig.Function{
		Name: "json_get", Group: groupJSON,
		Doc:   "Gives the member of a JSON object with a key, as `j.key` does; the first where the key is repeated.",
		Nulls: "The result is null when there is no such member, when it is a JSON null, and when the value is not an object.",
		Examples: examples(
			`json_get(parse_json('{"a": {"b": [1]}}')!, "a") == parse_json('{"b":[1]}')!`, `true`,
			`json_get(parse_json('{"a": null}')!, "a")`, `null`,
			`json_get(parse_json('{"a": 1}')!, "b")`, `null`,
			`json_get(parse_json("[1]")!, "a")`, `null`,
		),
	}, overload{text: "json_get(j: json, key: string) -> json?", kernel: kernel.MapOpt2(func(j, key string) (found string, ok bool) {
		jsonMembers(j, func(k, value string) bool {
			if unquote(k) != key {
				return true
			}
			found, ok = present(value)
			return false
		})
		return found, ok
	})})
}
