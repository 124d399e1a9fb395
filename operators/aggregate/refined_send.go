package aggregate

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// send emits changes; caused says that rows of the batch have caused them.
func (f *refined) send(changes []refinedChange, caused bool, out operators.Output) {
	var of []int32
	var rows []*seen
	b := &operators.Batch{}
	put := func(i int, op operators.Op, s *seen) {
		of, rows, b.Ops = append(of, int32(i)), append(rows, s), append(b.Ops, op)
	}
	for i := range changes {
		switch c := &changes[i]; c.rank() {
		case 0:
			put(i, operators.Delete, c.before)
		case 1:
			put(i, operators.UpdateBefore, c.before)
			put(i, operators.UpdateAfter, c.after)
		default:
			put(i, operators.Insert, c.after)
		}
	}
	n := len(rows)
	if n == 0 {
		return
	}
	alloc := f.a.Alloc
	made := keycode.Decode(alloc, f.a.byTypes, n, func(i int) []byte { return []byte(rows[i].by) })
	itemTypes := make([]*types.Type, len(f.a.spec.Items))
	for i, it := range f.a.spec.Items {
		itemTypes[i] = it.Expr.Type()
	}
	made = append(made, keycode.Decode(alloc, itemTypes, n, func(i int) []byte { return []byte(rows[i].items) })...)
	starts, first := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	ends, last := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	b.Rows, b.Time, b.Arrival, b.Progress = n, make([]int64, n), make([]int64, n), make([]int64, n)
	if caused {
		b.Cause = make([]int32, n)
	}
	for i, s := range rows {
		c := &changes[of[i]]
		first[i], last[i] = s.start, s.end
		b.Time[i], b.Progress[i] = s.end-1, c.progress
		if c.rank() == 1 { // the rows of a pair share one time
			b.Time[i] = c.after.end - 1
		}
		b.Arrival[i] = min(c.progress, b.Time[i])
		if caused {
			b.Cause[i] = c.cause
		}
	}
	b.Cols = f.a.Layout.Arrange(append(made, starts, ends))
	out.Emit(0, b)
}
