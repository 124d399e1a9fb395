package ordered

import (
	"container/heap"
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// fewRows is how many rows a part should have, or it is not worth a batch.
const fewRows = 128

// Parts takes out the rows with p below a watermark like Due, for an operator of one
// input that is done with them at once. Where they stand in long runs, as those of
// input that is nearly in order do, f is given the batches they came in, with the rows
// chosen; only others are copied together. Progress is set as by Due, Seq is not. The
// batches stay the buffer's, and a part is no more than f's.
func (b *Buffer) Parts(watermark int64, f func(part *operators.Batch)) {
	var cuts []cut
	var spent []*run
	total := 0
	for len(b.runs) > 0 && b.runs[0].rows[0].p < watermark {
		r := b.runs[0]
		n := b.dueOf(r, watermark)
		cuts = append(cuts, cut{r, r.rows[:n]})
		total += n
		b.n -= n
		if r.rows = r.rows[n:]; len(r.rows) == 0 {
			heap.Pop(&b.runs)
			spent = append(spent, r)
			continue
		}
		heap.Fix(&b.runs, 0)
	}
	if len(cuts) <= 2 || total >= fewRows*len(cuts) {
		for _, c := range cuts {
			b.give([]cut{c}, f)
		}
	} else {
		b.give(cuts, f)
	}
	for _, r := range spent {
		b.leave(r)
	}
}

// cut is rows of a run that are due.
type cut struct {
	run  *run
	rows []place
}

// give passes on rows that follow each other.
func (b *Buffer) give(cuts []cut, f func(part *operators.Batch)) {
	if rows := cuts[0].rows; len(cuts) == 1 && ascending(rows) {
		part := *cuts[0].run.batch
		b.sel, b.progress = slices.Grow(b.sel[:0], len(rows))[:len(rows)], slices.Grow(b.progress[:0], part.Rows)[:part.Rows]
		part.Sel, part.Progress = b.sel, b.progress
		for i, at := range rows {
			part.Sel[i], part.Progress[at.row] = at.row, at.p+1
		}
		if len(rows) == part.Rows {
			part.Sel = nil
		}
		f(&part)
		return
	}
	var picks []pick
	for _, c := range cuts {
		for _, at := range c.rows {
			picks = append(picks, pick{c.run, at})
		}
	}
	part := assemble(b.alloc, picks)
	f(part)
	part.Release()
}

func ascending(rows []place) bool {
	for i := 1; i < len(rows); i++ {
		if rows[i-1].row > rows[i].row {
			return false
		}
	}
	return true
}
