package stdlib

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseJSON() *Function {
	return define(sig.Function{
		Name: "parse_json", Group: groupConvert,
		Doc:     "Reads a JSON text; white space around its parts is dropped.",
		Failure: "The text is not JSON.",
		Examples: examples(
			`json_get(parse_json('{ "a": 1 }')!, "a") == parse_json("1")!`, `true`,
			`json_length(parse_json("[1, 2]")!)`, `2`,
			`parse_json("{")`, `error: "{" is not JSON`,
			`parse_json("")`, `error: "" is not JSON`,
		),
	}, overload{text: "parse_json(s: string) -> json!", kernel: kernel.MapTextErr1(func(dst, s []byte) ([]byte, error) {
		b := bytes.NewBuffer(dst)
		if err := json.Compact(b, s); err != nil {
			return nil, fmt.Errorf("%q is not JSON", firstChars(string(s), 100))
		}
		return b.Bytes(), nil
	})})
}
