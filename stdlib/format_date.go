package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFormatDate() *Function {
	return define(sig.Function{
		Name: "format_date", Group: groupTime,
		Doc:     "Writes a date by a Unicode pattern; see parse_time. Names are English.",
		Failure: "The pattern is not one.",
		Examples: examples(
			`format_date(@2026-01-31, "d.M.yyyy")`, `"31.1.2026"`,
			`format_date(@2026-01-31, "EEEE, MMMM d")`, `"Saturday, January 31"`,
			`format_date(@2027-01-01, "YYYY-'W'ww")`, `"2026-W53"`,
		),
	}, overload{text: "format_date(d: date, pattern: string) -> string", kernel: formatLocals(kernel.Reader[int32], timefmt.Day)})
}
