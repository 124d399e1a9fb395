package stdlib

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseDouble() *Function {
	return define(sig.Function{
		Name: "parse_double", Group: groupConvert,
		Doc:     "Reads a number with or without point and exponent; also NaN, Infinity and -Infinity.",
		Failure: "The text is not a number, or the number is outside the range of double.",
		Examples: examples(
			`parse_double("1.5")`, `1.5e0`,
			`parse_double("-2e3")`, `-2000e0`,
			`is_nan(parse_double("NaN")!)`, `true`,
			`parse_double("1,5")`, `error: "1,5" is not a number`,
			`parse_double("0x10")`, `error: "0x10" is not a number`,
			`parse_double("1e999")`, `error: "1e999" is outside the range of double`,
		),
	}, overload{text: "parse_double(s: string) -> double!", kernel: kernel.MapErr1(parseDouble)})
}

func parseDouble(s string) (float64, error) {
	if strings.ContainsAny(s, "xX_") {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	x, err := strconv.ParseFloat(s, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%q is outside the range of double", s)
	case err != nil:
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return x, nil
}
