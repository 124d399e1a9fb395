package keptjoin

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// windows is what a join knows of windows: the last of its keys are the bounds of one, so
// that a group is forgotten when its window closes. Results stand in their window.
type windows struct {
	at       [2][2]int // the bounds among the columns of each input
	shown    [2]int    // among those of the output, -1 where nobody reads them
	lateness int64
	closing  group.Timers // of groups with rows
}

func newWindows(spec *ir.Join, left, right, out []types.Column) (*windows, error) {
	w := &windows{at: [2][2]int{boundsAt(left), boundsAt(right)}, shown: boundsAt(out), lateness: spec.Lateness.Microseconds()}
	for _, at := range w.at {
		if at[0] < 0 || at[1] < 0 {
			return nil, errors.New("join: an input has no window columns")
		}
	}
	return w, nil
}

func boundsAt(cols []types.Column) [2]int {
	return [2]int{operators.ColumnIndex(cols, types.WindowStart), operators.ColumnIndex(cols, types.WindowEnd)}
}

// of tells the window of each row of a batch, nil outside windows.
func (w *windows) of(g given) func(row int) (start, end int64) {
	if w == nil {
		return nil
	}
	at := w.at[g.side]
	starts, ends := kernel.Values[int64](g.Cols[at[0]]), kernel.Values[int64](g.Cols[at[1]])
	return func(row int) (start, end int64) { return starts[row], ends[row] }
}

// see notes when the window of a row closes.
func (w *windows) see(r *row) {
	if w != nil {
		w.closing.Set(r.group, r.end+w.lateness)
	}
}

// closed lists the groups whose windows a watermark closes.
func (w *windows) closed(watermark int64) (groups []int32) {
	if w == nil {
		return nil
	}
	for {
		g, at, ok := w.closing.First()
		if !ok || at > watermark {
			return groups
		}
		w.closing.Clear(g)
		groups = append(groups, g)
	}
}

// save writes when the window of a group closes, first of all that is known of it.
func (w *windows) save(to *wire.Writer, g int32) {
	at, ok := w.closing.At(g)
	if !ok {
		at = operators.MaxTime
	}
	to.Int(at)
}

// load reads that.
func (w *windows) load(r *wire.Reader, g int32) { w.closing.Set(g, r.Int()) }

// settle gives results the bounds of their window, also those of a left row that is
// missing, and its last microsecond (SEMANTICS 14).
func (w *windows) settle(alloc memory.Allocator, b *operators.Batch, rows []shown) {
	if w == nil {
		return
	}
	for i, r := range rows {
		last := r.cause.fresh.end - 1
		b.Time[i], b.Arrival[i] = last, min(b.Arrival[i], last)
	}
	for i, at := range w.shown {
		if at < 0 {
			continue
		}
		bounds, values := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, len(rows))
		for k, r := range rows {
			values[k] = [2]int64{r.cause.fresh.start, r.cause.fresh.end}[i]
		}
		b.Cols[at].Release()
		b.Cols[at] = bounds
	}
}

// Delay implements operators.Delayer: results come until the lateness of their window is
// over.
func (j *Join) Delay() int64 {
	if j.windows == nil {
		return 0
	}
	return j.windows.lateness
}

// forgetTime forgets when a group is to be forgotten.
func (j *Join) forgetTime(g int32) {
	j.expiry.Forget(g)
	if j.windows != nil {
		j.windows.closing.Clear(g)
	}
}

// reopen notes when the windows of those of groups close that a snapshot has left here.
func (j *Join) reopen(groups []int32) {
	if j.windows == nil || len(groups) == 0 {
		return
	}
	var open []int32
	for _, g := range groups {
		if !j.isEmpty(g) {
			open = append(open, g)
		}
	}
	keys := j.table.Keys(j.ctx.Alloc, open)
	ends := kernel.Values[int64](keys[len(keys)-1])
	for i, g := range open {
		j.windows.closing.Set(g, ends[i]+j.windows.lateness)
	}
	for _, k := range keys {
		k.Release()
	}
}
