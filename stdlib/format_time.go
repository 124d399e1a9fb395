package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnFormatTime() *Function {
	return define(sig.Function{
		Name: "format_time", Group: groupTime,
		Doc:     "Writes a time in a zone, or a local time, by a Unicode pattern; see parse_time. Names are English.",
		Failure: "The pattern or the zone is not one.",
		Examples: examples(
			`format_time(@2026-01-31T12:05:09Z, "yyyy-MM-dd HH:mm:ss", "Europe/Helsinki")`, `"2026-01-31 14:05:09"`,
			`format_time(@2026-01-31T12:05:09.25Z, "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "UTC")`, `"2026-01-31T12:05:09.250Z"`,
			`format_time(@2026-01-31T12:05:09Z, "EEE d MMM h:mm a", "UTC")`, `"Sat 31 Jan 12:05 PM"`,
			`format_time(@2026-01-31T12:05:09Z, "yyyy-bb", "UTC")`, `error: time pattern "yyyy-bb": b stands for nothing; text goes in single quotes`,
		),
	},
		overload{text: "format_time(t: timestamp, pattern: string, zone: string = timezone) -> string", kernel: formatTimeKernel},
		overload{text: "format_time(t: local_timestamp, pattern: string) -> string", kernel: formatLocals(kernel.Reader[int64], 1)},
	)
}

func formatTimeKernel(c *kernel.Call) arrow.Array {
	at, clock, out := kernel.Reader[int64](c.Args[0]), clocks(c, 2), kernel.NewColumn[[]byte](c)
	layout := layouts.reader(kernel.Reader[string](c.Args[1]), c.Fail)
	var buf []byte
	c.Each(func(i int) {
		l, ok := layout(i)
		if !ok {
			return
		}
		if k := clock(i); k != nil {
			buf = l.Append(buf[:0], at(i), k)
			out.Set(i, buf)
		}
	})
	return out.Finish()
}

// formatLocals writes times without zone, given in units of micros.
func formatLocals[T int32 | int64](read func(kernel.Vector) func(int) T, micros int64) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		at, out := read(c.Args[0]), kernel.NewColumn[[]byte](c)
		layout := layouts.reader(kernel.Reader[string](c.Args[1]), c.Fail)
		var buf []byte
		c.Each(func(i int) {
			if l, ok := layout(i); ok {
				buf = l.AppendLocal(buf[:0], int64(at(i))*micros)
				out.Set(i, buf)
			}
		})
		return out.Finish()
	}
}
