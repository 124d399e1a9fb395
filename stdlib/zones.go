package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/vm/kernel"
)

// clocks reads an argument that names a time zone. The function returned gives
// the clock of a row's zone, or fails the row and gives nil.
func clocks(c *kernel.Call, arg int) func(row int) *timefmt.Clock {
	names := kernel.Reader[string](c.Args[arg])
	var name string
	var clock *timefmt.Clock
	var err error
	known := false
	return func(row int) *timefmt.Clock {
		if n := names(row); !known || n != name {
			known, name, clock = true, string([]byte(n)), nil
			if loc, e := timefmt.LoadZone(name); e != nil {
				err = e
			} else {
				clock = timefmt.NewClock(loc)
			}
		}
		if clock == nil {
			c.Fail(row, err.Error())
		}
		return clock
	}
}

// zoned is the kernel of a function of an instant's local time in a zone.
func zoned[R kernel.Value](f func(local int64) R) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		at, clock, out := kernel.Reader[int64](c.Args[0]), clocks(c, 1), kernel.NewColumn[R](c)
		c.Each(func(i int) {
			if k := clock(i); k != nil {
				out.Set(i, f(k.Local(at(i))))
			}
		})
		return out.Finish()
	}
}

// ofDate is the kernel of a function of a date.
func ofDate[R kernel.Value](f func(days int64) R) kernel.Kernel {
	return kernel.Map1(func(d int32) R { return f(int64(d)) })
}

// datePart is the overloads of a function of a calendar day: of an instant in a
// zone, of a local time and of a date.
func datePart(name string, f func(days int64) int32) []overload {
	ofLocal := func(local int64) int32 { return f(timefmt.FloorDiv(local, timefmt.Day)) }
	return []overload{
		{text: name + "(t: timestamp, zone: string = timezone) -> int", kernel: zoned(ofLocal)},
		{text: name + "(t: local_timestamp) -> int", kernel: kernel.Map1(ofLocal)},
		{text: name + "(d: date) -> int", kernel: ofDate(f)},
	}
}

// timePart is the overloads of a function of a time of day in microseconds: of
// an instant in a zone, of a local time and of a time.
func timePart(name string, f func(micros int64) int32) []overload {
	ofLocal := func(local int64) int32 { return f(local - timefmt.FloorDiv(local, timefmt.Day)*timefmt.Day) }
	return []overload{
		{text: name + "(t: timestamp, zone: string = timezone) -> int", kernel: zoned(ofLocal)},
		{text: name + "(t: local_timestamp) -> int", kernel: kernel.Map1(ofLocal)},
		{text: name + "(t: time) -> int", kernel: kernel.Map1(f)},
	}
}
