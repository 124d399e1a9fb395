package stdlib

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFromLocal() *Function {
	return define(sig.Function{
		Name: "from_local", Group: groupTime,
		Doc:     "Gives the time at which the clocks of a zone show a local time, the first one where they show it twice.",
		Failure: "The clocks skip the local time, or the zone does not exist.",
		Examples: examples(
			`from_local(@2026-01-31T14:00:00, "Europe/Helsinki")`, `@2026-01-31T12:00:00Z`,
			`from_local(@2026-10-25T03:30:00, "Europe/Helsinki")`, `@2026-10-25T00:30:00Z`,
			`from_local(@2026-03-29T03:30:00, "Europe/Helsinki")`, `error: 2026-03-29T03:30:00 is skipped by the clocks of Europe/Helsinki`,
		),
	}, overload{text: "from_local(t: local_timestamp, zone: string = timezone) -> timestamp!", kernel: fromLocalKernel})
}

func fromLocalKernel(c *kernel.Call) arrow.Array {
	local, clock, out := kernel.Reader[int64](c.Args[0]), clocks(c, 1), kernel.NewColumn[int64](c)
	c.Each(func(i int) {
		k := clock(i)
		if k == nil {
			return
		}
		first, _, exists := k.Instants(local(i))
		if !exists {
			c.Fail(i, fmt.Sprintf("%s is skipped by the clocks of %s", timefmt.AppendLocal(nil, local(i)), k.Zone()))
			return
		}
		out.Set(i, first)
	})
	return out.Finish()
}
