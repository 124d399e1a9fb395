package stdlib

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseDecimal() *Function {
	return define(sig.Function{
		Name: "parse_decimal", Group: groupConvert,
		Doc:     "Reads a number exactly as decimal(precision, scale).",
		Failure: "The text is not a number, has digits after the point that the scale has no room for, or more before it than the precision has.",
		Examples: examples(
			`parse_decimal("12.50", 12, 2)`, `12.50`,
			`parse_decimal("-0.5", 4, 2)`, `-0.50`,
			`parse_decimal("1.5e3", 12, 2)`, `1500.00`,
			`parse_decimal("1.005", 12, 2)`, `error: "1.005" has more than 2 digits after the point`,
			`parse_decimal("1000", 5, 2)`, `error: "1000" is outside the range of decimal(5, 2)`,
			`parse_decimal("12,50", 12, 2)`, `error: "12,50" is not a number`,
		),
	}, overload{text: "parse_decimal(s: string, precision: const int, scale: const int) -> decimal!", kernel: func(c *kernel.Call) arrow.Array {
		s, out := kernel.Reader[string](c.Args[0]), kernel.NewColumn[decimal128.Num](c)
		c.Each(func(i int) {
			n, err := parseDecimal(s(i), c.Result.Precision, c.Result.Scale)
			if err != nil {
				c.Fail(i, err.Error())
				return
			}
			out.Set(i, n)
		})
		return out.Finish()
	}})
}

// parseDecimal reads [sign] digits [. digits] [e exponent], as an unscaled number.
func parseDecimal(s string, precision, scale int) (decimal128.Num, error) {
	if n, ok := parseShort(s, precision, scale); ok {
		return n, nil
	}
	number, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	shift := 0
	if hasExponent {
		n, err := strconv.Atoi(exponent)
		if err != nil || n > 1000 || n < -1000 {
			return decimal128.Num{}, fmt.Errorf("%q is not a number", s)
		}
		shift = n
	}
	negative := strings.HasPrefix(number, "-")
	if negative || strings.HasPrefix(number, "+") {
		number = number[1:]
	}
	whole, fraction, _ := strings.Cut(number, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return decimal128.Num{}, fmt.Errorf("%q is not a number", s)
	}
	digits = strings.TrimLeft(digits, "0")
	grow := scale - len(fraction) + shift // digits to add, or to cut where negative
	if grow < 0 {
		cut := max(len(digits)+grow, 0)
		if strings.Trim(digits[cut:], "0") != "" {
			return decimal128.Num{}, fmt.Errorf("%q has more than %d digits after the point", s, scale)
		}
		digits, grow = digits[:cut], 0
	}
	if digits == "" {
		return decimal128.Num{}, nil
	}
	if len(digits)+grow > precision {
		return decimal128.Num{}, fmt.Errorf("%q is outside the range of decimal(%d, %d)", s, precision, scale)
	}
	n, _ := new(big.Int).SetString(digits+strings.Repeat("0", grow), 10)
	if negative {
		n.Neg(n)
	}
	return decimal128.FromBigInt(n), nil
}

// parseShort is parseDecimal for what most numbers are: up to 18 digits, not more of them
// after the point than the scale, no exponent. It reports false for any other text.
func parseShort(s string, precision, scale int) (n decimal128.Num, ok bool) {
	digits := s
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		digits = s[1:]
	}
	value, count, point := int64(0), 0, -1
	for i := range len(digits) {
		switch c := digits[i]; {
		case c >= '0' && c <= '9':
			value = 10*value + int64(c-'0') // of up to 18 digits it is right
			count++
		case c == '.' && point < 0:
			point = count
		default:
			return n, false
		}
	}
	if count == 0 || count > 18 {
		return n, false
	}
	fraction := 0
	if point >= 0 {
		fraction = count - point
	}
	if fraction > scale {
		return n, false
	}
	if negative {
		value = -value
	}
	return kernel.Rescale(decimal128.FromI64(value), fraction, scale, precision)
}
