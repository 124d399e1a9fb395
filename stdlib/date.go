package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnDate() *Function {
	return define(sig.Function{
		Name: "date", Group: groupTime,
		Doc:     "Gives the date of a time in a zone, or of a local time.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`date(@2026-01-31T23:00:00Z, "Europe/Helsinki")`, `@2026-02-01`,
			`date(@2026-01-31T23:00:00Z, "UTC")`, `@2026-01-31`,
			`date(@1969-12-31T23:59:59Z, "UTC")`, `@1969-12-31`,
			`date(to_local(@2026-01-31T23:00:00Z, "Asia/Tokyo"))`, `@2026-02-01`,
		),
	},
		overload{text: "date(t: timestamp, zone: string = timezone) -> date", kernel: zoned(localDate)},
		overload{text: "date(t: local_timestamp) -> date", kernel: kernel.Map1(localDate)},
	)
}

func localDate(local int64) int32 { return int32(timefmt.FloorDiv(local, timefmt.Day)) }
