package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func fnTruncate() *Function {
	return define(sig.Function{
		Name: "truncate", Group: groupTime,
		Doc:     "Cuts a time to the last multiple of a unit in a zone: `1h`, `15m`, `1d`, `1w` (from Monday), `1mo`, `1y`. A boundary that the zone's clock skips counts at the jump; one it shows twice counts both times for units up to an hour, else the first time.",
		Failure: "The unit is not above zero, or the zone does not exist.",
		Examples: examples(
			`truncate(@2026-01-31T12:34:56Z, 1h, "UTC")`, `@2026-01-31T12:00:00Z`,
			`truncate(@2026-01-31T12:34:56Z, 15m, "UTC")`, `@2026-01-31T12:30:00Z`,
			`truncate(@2026-01-31T12:34:56Z, 1d, "Europe/Helsinki")`, `@2026-01-30T22:00:00Z`,
			`truncate(@2026-03-29T12:00:00Z, 1d, "Europe/Helsinki")`, `@2026-03-28T22:00:00Z`,
			`truncate(@2026-01-31T12:34:56Z, 1w, "UTC")`, `@2026-01-26T00:00:00Z`,
			`truncate(@2026-01-31T12:34:56Z, 1mo, "UTC")`, `@2026-01-01T00:00:00Z`,
			`truncate(@2026-08-31T12:34:56Z, 3mo, "UTC")`, `@2026-07-01T00:00:00Z`,
			`truncate(@2026-10-25T01:45:00Z, 1h, "Europe/Helsinki")`, `@2026-10-25T01:00:00Z`,
			`truncate(@2026-10-25T00:45:00Z, 1h, "Europe/Helsinki")`, `@2026-10-25T00:00:00Z`,
			`truncate(@1969-12-31T23:59:59Z, 1d, "UTC")`, `@1969-12-31T00:00:00Z`,
			`truncate(@2026-05-17, 1mo)`, `@2026-05-01`,
			`truncate(@2026-05-17, 1y)`, `@2026-01-01`,
			`truncate(@2026-01-31T12:34:56Z, 0s, "UTC")`, `error: a unit must be longer than nothing`,
		),
	},
		overload{text: "truncate(t: timestamp, unit: duration, zone: string = timezone) -> timestamp", kernel: truncateInstants(0, 1)},
		overload{text: "truncate(t: timestamp, unit: period, zone: string = timezone) -> timestamp", kernel: truncateInstants(0, 1)},
		overload{text: "truncate(t: local_timestamp, unit: duration) -> local_timestamp", kernel: truncateLocals(0, 1)},
		overload{text: "truncate(t: local_timestamp, unit: period) -> local_timestamp", kernel: truncateLocals(0, 1)},
		overload{text: "truncate(d: date, unit: duration) -> date", kernel: truncateDates(0, 1)},
		overload{text: "truncate(d: date, unit: period) -> date", kernel: truncateDates(0, 1)},
	)
}
