package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func fnToLocal() *Function {
	return define(sig.Function{
		Name: "to_local", Group: groupTime,
		Doc:     "Gives what the clocks of a zone show at a time.",
		Failure: "The zone does not exist.",
		Examples: examples(
			`to_local(@2026-01-31T12:00:00Z, "Europe/Helsinki")`, `@2026-01-31T14:00:00`,
			`to_local(@2026-07-31T12:00:00Z, "+05:30")`, `@2026-07-31T17:30:00`,
		),
	}, overload{text: "to_local(t: timestamp, zone: string = timezone) -> local_timestamp", kernel: zoned(func(local int64) int64 { return local })})
}
