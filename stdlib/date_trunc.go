package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func fnDateTrunc() *Function {
	return define(sig.Function{
		Name: "date_trunc", Group: groupTime,
		Doc:     "Cuts a time to the beginning of its year, quarter, month, week (Monday), day, hour, minute, second, millisecond or microsecond in a zone. See truncate, which takes a length.",
		Failure: "The unit or the zone does not exist.",
		Examples: examples(
			`date_trunc("month", @2026-01-31T12:34:56Z, "UTC")`, `@2026-01-01T00:00:00Z`,
			`date_trunc("day", @2026-01-31T23:00:00Z, "Europe/Helsinki")`, `@2026-01-31T22:00:00Z`,
			`date_trunc("week", @2026-02-01)`, `@2026-01-26`,
			`date_trunc("quarter", @2026-05-17)`, `@2026-04-01`,
			`date_trunc("eon", @2026-05-17)`, `error: "eon" is not a unit of time; there are year, quarter, month, week, day, hour, minute, second, millisecond and microsecond`,
		),
	},
		overload{text: "date_trunc(unit: string, t: timestamp, zone: string = timezone) -> timestamp", kernel: truncateInstants(1, 0)},
		overload{text: "date_trunc(unit: string, t: local_timestamp) -> local_timestamp", kernel: truncateLocals(1, 0)},
		overload{text: "date_trunc(unit: string, d: date) -> date", kernel: truncateDates(1, 0)},
	)
}
