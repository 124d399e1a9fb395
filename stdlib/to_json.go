package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnToJSON() *Function {
	return define(sig.Function{
		Name: "to_json", Group: groupConvert,
		Doc:   "Writes any value as JSON: times as RFC 3339, decimals as numbers with their full scale, bytes as base64, durations as ISO 8601, records and maps as objects. NaN and the infinities are null.",
		Nulls: "Null gives the JSON null.",
		Examples: examples(
			`to_json([1, 2]) == parse_json("[1,2]")!`, `true`,
			`to_json("a\"b") == parse_json('"a\\"b"')!`, `true`,
			`to_json(1.50) == parse_json("1.50")!`, `true`,
			`json_type(to_json(@2026-01-31T12:00:00Z))`, `"string"`,
			`json_type(to_json(map_from(["a"], [1])))`, `"object"`,
		),
	}, overload{text: "to_json<T>(x: T?) -> json", kernel: func(c *kernel.Call) arrow.Array {
		write, out := kernel.JSONWriter(c.Args[0].Type, c.Args[0].Arr), kernel.NewColumn[[]byte](c)
		var buf []byte
		c.Each(func(i int) {
			buf = write(buf[:0], c.Args[0].Index(i))
			out.Set(i, buf)
		})
		return out.Finish()
	}})
}
