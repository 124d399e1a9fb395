package ordered

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// fewRows is how many rows a part should have, or it is not worth a batch.
const fewRows = 128

// Parts takes out the rows with p below a watermark like Each, for an operator of one
// input that is done with them at once. Where they stand in long runs, as those of
// input that is nearly in order do, f is given the batches they came in, with the rows
// chosen; only others are copied together. Progress is set as by Each, Seq is not. The
// batches stay the buffer's, and a part is no more than f's.
func (b *Buffer) Parts(watermark int64, f func(part *operators.Batch)) error {
	return b.inSteps(watermark, func(until int64) error { return b.parts(until, f) })
}

func (b *Buffer) parts(until int64, f func(part *operators.Batch)) error {
	var cuts []cut
	var spent []*run
	total := 0
	err := b.each(until, func(c cut) error {
		cuts = append(cuts, c)
		total += c.to - c.from
		if c.run.left() == 0 {
			spent = append(spent, c.run)
		}
		return nil
	})
	b.n -= total
	switch {
	case err != nil:
	case len(cuts) <= 2 || total >= fewRows*len(cuts):
		for _, c := range cuts {
			b.give([]cut{c}, f)
		}
	default:
		b.give(cuts, f)
	}
	for _, r := range spent {
		b.leave(r)
	}
	return err
}

// give passes on rows that follow each other.
func (b *Buffer) give(cuts []cut, f func(part *operators.Batch)) {
	if c := cuts[0]; len(cuts) == 1 {
		if c.run.due != nil {
			b.piece(c, f)
			return
		}
		if rows := c.run.places[c.from:c.to]; ascending(rows) {
			b.chosen(c.run.batch, rows, f)
			return
		}
	}
	var picks []pick
	for _, c := range cuts {
		for i := c.from; i < c.to; i++ {
			picks = append(picks, pick{c.run, c.run.at(i)})
		}
	}
	part := assemble(b.alloc, picks)
	f(part)
	part.Release()
}

// piece passes on rows of a batch that stand next to each other.
func (b *Buffer) piece(c cut, f func(part *operators.Batch)) {
	part := c.run.batch.Slice(c.from, c.to)
	b.progress = slices.Grow(b.progress[:0], part.Rows)[:part.Rows]
	part.Progress = b.progress
	for i, p := range c.run.due[c.from:c.to] {
		part.Progress[i] = p + 1
	}
	f(part)
	part.Release()
}

// chosen passes on a batch with some of its rows chosen.
func (b *Buffer) chosen(batch *operators.Batch, rows []place, f func(part *operators.Batch)) {
	part := *batch
	b.sel, b.progress = slices.Grow(b.sel[:0], len(rows))[:len(rows)], slices.Grow(b.progress[:0], part.Rows)[:part.Rows]
	part.Sel, part.Progress = b.sel, b.progress
	for i, at := range rows {
		part.Sel[i], part.Progress[at.row] = at.row, at.p+1
	}
	if len(rows) == part.Rows {
		part.Sel = nil
	}
	f(&part)
}

func ascending(rows []place) bool {
	for i := 1; i < len(rows); i++ {
		if rows[i-1].row > rows[i].row {
			return false
		}
	}
	return true
}
