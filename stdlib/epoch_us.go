package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnEpochUs() *Function {
	return define(sig.Function{
		Name: "epoch_us", Group: groupTime,
		Doc: "Counts the microseconds from 1970-01-01T00:00Z to a time.",
		Examples: examples(
			`epoch_us(@2026-01-31T12:00:00.25Z)`, `1769860800250000`,
			`epoch_us(@1970-01-01T00:00:00Z)`, `0`,
		),
	}, overload{text: "epoch_us(t: timestamp) -> long", kernel: kernel.Map1(func(t int64) int64 { return t })})
}
