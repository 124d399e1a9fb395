package stdlib

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseLong() *Function {
	return define(sig.Function{
		Name: "parse_long", Group: groupConvert,
		Doc:     "Reads a whole number in base 10, or in another base from 2 to 36.",
		Failure: "The text is not a whole number, or the number is outside the range of long.",
		Examples: examples(
			`parse_long("42")`, `42`,
			`parse_long("-7")`, `-7`,
			`parse_long("ff", 16)`, `255`,
			`parse_long("12a")`, `error: "12a" is not a whole number`,
			`parse_long("")`, `error: "" is not a whole number`,
			`parse_long(" 1")`, `error: " 1" is not a whole number`,
			`parse_long("9223372036854775808")`, `error: "9223372036854775808" is outside the range of long`,
			`parse_long("1", 1)`, `error: there is no base 1; a base is from 2 to 36`,
		),
	}, overload{text: "parse_long(s: string, base: long = 10) -> long!", kernel: kernel.MapErr2(func(s string, base int64) (int64, error) {
		return parseWhole(s, base, 64, "long")
	})})
}

func parseWhole(s string, base int64, bits int, typ string) (int64, error) {
	if base < 2 || base > 36 {
		return 0, fmt.Errorf("there is no base %d; a base is from 2 to 36", base)
	}
	n, err := strconv.ParseInt(s, int(base), bits)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%q is outside the range of %s", s, typ)
	case err != nil:
		return 0, fmt.Errorf("%q is not a whole number", s)
	}
	return n, nil
}
