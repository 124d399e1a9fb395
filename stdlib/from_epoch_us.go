package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFromEpochUs() *Function {
	return define(sig.Function{
		Name: "from_epoch_us", Group: groupTime,
		Doc: "Gives the time that lies a number of microseconds after 1970-01-01T00:00Z.",
		Examples: examples(
			`from_epoch_us(1769860800250000)`, `@2026-01-31T12:00:00.25Z`,
			`from_epoch_us(0)`, `@1970-01-01T00:00:00Z`,
		),
	}, overload{text: "from_epoch_us(n: long) -> timestamp", kernel: kernel.Map1(func(n int64) int64 { return n })})
}
