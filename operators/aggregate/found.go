package aggregate

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
)

// emitFound sends n results, each of a window of its own that the aggregate has found.
func (a *Aggregate) emitFound(r *results, n int, bounds func(i int) window.Bounds, settled func(end int64) int64, out operators.Output) {
	starts, first := kernel.NewFixed[int64](a.Alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	ends, last := kernel.NewFixed[int64](a.Alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	b := &operators.Batch{Rows: n, Sel: r.ok(), Time: make([]int64, n), Progress: make([]int64, n)}
	for i := range n {
		w := bounds(i)
		first[i], last[i] = w.Start, w.End
		b.Time[i], b.Progress[i] = w.End-1, settled(w.End)
		if r.failed != nil && r.failed[i] != nil {
			out.FailGroup(w.End-1, r.failed[i].Code, r.failed[i].Reason, group.JSON(a.byCols, r.made[:len(a.by)], i))
		}
	}
	b.Arrival = b.Time // the watermark has reached it
	b.Cols = a.Layout.Arrange(append(r.made, starts, ends))
	if b.Len() == 0 {
		b.Release()
		return
	}
	out.Emit(0, b)
}
