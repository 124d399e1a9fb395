package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseInt() *Function {
	return define(sig.Function{
		Name: "parse_int", Group: groupConvert,
		Doc:     "Reads a whole number of 32 bits in base 10, or in another base from 2 to 36.",
		Failure: "The text is not a whole number, or the number is outside the range of int.",
		Examples: examples(
			`parse_int("42")`, `42`,
			`parse_int("-101", 2)`, `-5`,
			`parse_int("2147483648")`, `error: "2147483648" is outside the range of int`,
			`parse_int("1.0")`, `error: "1.0" is not a whole number`,
		),
	}, overload{text: "parse_int(s: string, base: long = 10) -> int!", kernel: kernel.MapErr2(func(s string, base int64) (int32, error) {
		n, err := parseWhole(s, base, 32, "int")
		return int32(n), err
	})})
}
