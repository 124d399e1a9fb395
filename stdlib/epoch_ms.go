package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnEpochMs() *Function {
	return define(sig.Function{
		Name: "epoch_ms", Group: groupTime,
		Doc: "Counts the milliseconds from 1970-01-01T00:00Z to a time, rounded down.",
		Examples: examples(
			`epoch_ms(@2026-01-31T12:00:00.25Z)`, `1769860800250`,
			`epoch_ms(@1969-12-31T23:59:59.9995Z)`, `-1`,
		),
	}, overload{text: "epoch_ms(t: timestamp) -> long", kernel: kernel.Map1(func(t int64) int64 { return timefmt.FloorDiv(t, 1000) })})
}
