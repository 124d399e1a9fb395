package stdlib

import (
	"bytes"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFormatNumber() *Function {
	return define(sig.Function{
		Name: "format_number", Group: groupText,
		Doc:     "Writes a number with a comma between thousands and a fixed count of digits after the point, rounded half away from zero.",
		Failure: "The digits are not between 0 and 30.",
		Examples: examples(
			`format_number(1234567.891, 2)`, `"1,234,567.89"`,
			`format_number(-1234, 0)`, `"-1,234"`,
			`format_number(0.5, 0)`, `"1"`,
			`format_number(999, 1)`, `"999.0"`,
			`format_number(-0.001, 1)`, `"0.0"`,
			`format_number(1, 31)`, `error: 31 digits are not between 0 and 30`,
		),
	}, overload{text: "format_number<T: number>(x: T, digits: long = 0) -> string", kernel: formatNumberKernel})
}

func formatNumberKernel(c *kernel.Call) arrow.Array {
	text, digits, out := numberText(c.Args[0]), kernel.Reader[int64](c.Args[1]), kernel.NewColumn[[]byte](c)
	var number, rounded, grouped []byte
	c.Each(func(i int) {
		n := digits(i)
		if n < 0 || n > 30 {
			c.Fail(i, fmt.Sprintf("%d digits are not between 0 and 30", n))
			return
		}
		number = text(number[:0], i)
		rounded = roundText(rounded[:0], number, int(n), halfAway)
		grouped = groupThousands(grouped[:0], rounded)
		out.Set(i, grouped)
	})
	return out.Finish()
}

// groupThousands appends a number with commas; what is not one, such as NaN, stays.
func groupThousands(dst, s []byte) []byte {
	if s[0] == '-' {
		dst, s = append(dst, '-'), s[1:]
	}
	whole := s
	if point := bytes.IndexByte(s, '.'); point >= 0 {
		whole = s[:point]
	}
	if whole[0] < '0' || whole[0] > '9' {
		return append(dst, s...)
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, digit)
	}
	return append(dst, s[len(whole):]...)
}
