package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFromEpochS() *Function {
	return define(sig.Function{
		Name: "from_epoch_s", Group: groupTime,
		Doc:     "Gives the time that lies a number of seconds after 1970-01-01T00:00Z.",
		Failure: "The time is more than about 292,000 years away.",
		Examples: examples(
			`from_epoch_s(1769860800)`, `@2026-01-31T12:00:00Z`,
			`from_epoch_s(-1)`, `@1969-12-31T23:59:59Z`,
			`from_epoch_s(9223372036854775807)`, `error: the result is outside the range of timestamp`,
		),
	}, overload{text: "from_epoch_s(n: long) -> timestamp", kernel: kernel.MapErr1(func(n int64) (int64, error) {
		t, ok := mulLong(n, timefmt.Second)
		if !ok {
			return 0, errOutside("timestamp")
		}
		return t, nil
	})})
}
