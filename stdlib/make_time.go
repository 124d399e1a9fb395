package stdlib

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnMakeTime() *Function {
	return define(sig.Function{
		Name: "make_time", Group: groupTime,
		Doc:     "Makes a time of day of an hour, a minute and seconds with their fraction.",
		Failure: "The clock has no such time.",
		Examples: examples(
			`make_time(8, 30, 0)`, `@08:30`,
			`make_time(23, 59, 59.5)`, `@23:59:59.5`,
			`make_time(24, 0, 0)`, `error: there is no time 24:00:00`,
		),
	}, overload{text: "make_time<S: number>(hour: long, minute: long, second: S) -> time!", kernel: func(c *kernel.Call) arrow.Array {
		clock, out := clockTimes(c, 0), kernel.NewColumn[int64](c)
		c.Each(func(i int) {
			if t, ok := clock(i); ok {
				out.Set(i, t)
			}
		})
		return out.Finish()
	}})
}

// clockTimes reads three arguments from arg on as hour, minute and second, and
// fails the row when no clock shows them.
func clockTimes(c *kernel.Call, arg int) func(row int) (int64, bool) {
	hours, minutes := kernel.Reader[int64](c.Args[arg]), kernel.Reader[int64](c.Args[arg+1])
	seconds, text := unitTimes(c.Args[arg+2], timefmt.Second), numberText(c.Args[arg+2])
	return func(row int) (int64, bool) {
		h, m := hours(row), minutes(row)
		s, ok := seconds(row)
		if !ok || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s >= timefmt.Minute {
			c.Fail(row, fmt.Sprintf("there is no time %02d:%02d:%s", h, m, lpadZero(string(text(nil, row)))))
			return 0, false
		}
		return h*timefmt.Hour + m*timefmt.Minute + s, true
	}
}

// lpadZero writes seconds with two digits before the point.
func lpadZero(s string) string {
	if len(s) == 1 || len(s) > 1 && s[1] == '.' {
		return "0" + s
	}
	return s
}
