package stdlib

import (
	"fmt"
	"strings"

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
	text, digits, out := numberText(c.Args[0]), kernel.Reader[int64](c.Args[1]), kernel.NewColumn[string](c)
	c.Each(func(i int) {
		n := digits(i)
		if n < 0 || n > 30 {
			c.Fail(i, fmt.Sprintf("%d digits are not between 0 and 30", n))
			return
		}
		out.Set(i, groupThousands(roundText(text(i), int(n))))
	})
	return out.Finish()
}

// groupThousands puts commas into a number; what is not one, such as NaN, stays.
func groupThousands(s string) string {
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	whole, fraction, hasPoint := strings.Cut(s, ".")
	if whole[0] < '0' || whole[0] > '9' {
		return sign + s
	}
	var b strings.Builder
	b.WriteString(sign)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(whole[i])
	}
	if hasPoint {
		b.WriteString("." + fraction)
	}
	return b.String()
}
