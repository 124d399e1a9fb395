package stdlib

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnRange() *Function {
	return define(sig.Function{
		Name: "range", Group: groupArray,
		Doc:     "Counts from a start (0 when left out) up to a stop that is not included, in steps of 1 or as said.",
		Failure: "The step is 0, or there are more than 4,194,304 numbers.",
		Examples: examples(
			`range(3)`, `[0, 1, 2]`,
			`range(2, 5)`, `[2, 3, 4]`,
			`range(10, 0, -4)`, `[10, 6, 2]`,
			`range(5, 2)`, `[]`,
			`range(1, 2, 0)`, `error: a step of 0 leads nowhere`,
			`range(9000000000)`, `error: the array would have more than 4194304 elements`,
		),
	},
		overload{text: "range(stop: long) -> array<long>", kernel: rangeKernel},
		overload{text: "range(start: long, stop: long) -> array<long>", kernel: rangeKernel},
		overload{text: "range(start: long, stop: long, step: long) -> array<long>", kernel: rangeKernel},
	)
}

func rangeKernel(c *kernel.Call) arrow.Array {
	start, step := func(int) int64 { return 0 }, func(int) int64 { return 1 }
	stop := kernel.Reader[int64](c.Args[min(1, len(c.Args)-1)])
	if len(c.Args) > 1 {
		start = kernel.Reader[int64](c.Args[0])
	}
	if len(c.Args) > 2 {
		step = kernel.Reader[int64](c.Args[2])
	}
	lists := kernel.NewListColumn(c)
	var all []int64
	c.Each(func(i int) {
		n, err := rangeSize(start(i), stop(i), step(i))
		if err != nil {
			c.Fail(i, err.Error())
			return
		}
		if !lists.Set(i, n) {
			return
		}
		for k := range n {
			all = append(all, start(i)+int64(k)*step(i))
		}
	})
	return lists.Finish(kernel.NewValues(c.Alloc, types.TLong, all))
}

// rangeSize is how many numbers lie on the way; the distance is taken without
// sign, where it cannot overflow.
func rangeSize(start, stop, step int64) (int, error) {
	distance, stride := uint64(stop)-uint64(start), uint64(step)
	switch {
	case step == 0:
		return 0, errors.New("a step of 0 leads nowhere")
	case step > 0 && stop <= start, step < 0 && stop >= start:
		return 0, nil
	case step < 0:
		distance, stride = -distance, -stride
	}
	n := (distance-1)/stride + 1
	if n > maxElements {
		return 0, errArrayTooLong
	}
	return int(n), nil
}
