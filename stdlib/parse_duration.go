package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseDuration() *Function {
	return define(sig.Function{
		Name: "parse_duration", Group: groupTime,
		Doc:     "Reads a duration, written as in the language (`1h30m`) or in ISO 8601 (`PT1H30M`).",
		Failure: "The text is not a duration; months and years have no fixed length.",
		Examples: examples(
			`parse_duration("1h30m")`, `1h30m`,
			`parse_duration("PT0.25S")`, `250ms`,
			`parse_duration("-5s")`, `-5s`,
			`parse_duration("1mo")`, `error: "1mo" is not a duration such as 1h30m or PT1H30M`,
		),
	}, overload{text: "parse_duration(s: string) -> duration!", kernel: kernel.MapErr1(timefmt.ParseDuration)})
}
