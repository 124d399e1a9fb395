package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseTimestamp() *Function {
	return define(sig.Function{
		Name: "parse_timestamp", Group: groupTime,
		Doc:     "Reads a time of RFC 3339, with its offset or Z. A space may stand for the T; digits after the microsecond are cut.",
		Failure: "The text is not such a time.",
		Examples: examples(
			`parse_timestamp("2026-01-31T12:00:00.25+02:00")`, `@2026-01-31T10:00:00.25Z`,
			`parse_timestamp("2026-01-31 12:00:00Z")`, `@2026-01-31T12:00:00Z`,
			`parse_timestamp("2026-01-31T12:00:00")`, `error: "2026-01-31T12:00:00" is not a time such as 2026-01-31T12:00:00Z`,
		),
	}, overload{text: "parse_timestamp(s: string) -> timestamp!", kernel: kernel.MapErr1(timefmt.ParseInstant)})
}
