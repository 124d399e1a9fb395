package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnEpochS() *Function {
	return define(sig.Function{
		Name: "epoch_s", Group: groupTime,
		Doc: "Counts the seconds from 1970-01-01T00:00Z to a time, rounded down.",
		Examples: examples(
			`epoch_s(@2026-01-31T12:00:00.9Z)`, `1769860800`,
			`epoch_s(@1969-12-31T23:59:59.5Z)`, `-1`,
		),
	}, overload{text: "epoch_s(t: timestamp) -> long", kernel: kernel.Map1(func(t int64) int64 { return timefmt.FloorDiv(t, timefmt.Second) })})
}
