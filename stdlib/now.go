package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnNow() *Function {
	return define(sig.Function{
		Name: "now", Group: groupTime,
		Doc:      "Gives the time of the clock. It is legal only in commands and schedules, whose runner puts the time in its place: elsewhere a result would change from run to run.",
		Failure:  "It is evaluated outside commands and schedules.",
		Volatile: true,
	}, overload{text: "now() -> timestamp", kernel: func(c *kernel.Call) arrow.Array {
		out := kernel.NewColumn[int64](c)
		c.Each(func(i int) { c.Fail(i, "now() has no value outside commands and schedules") })
		return out.Finish()
	}})
}
