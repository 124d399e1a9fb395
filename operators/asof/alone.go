package asof

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
)

// A left row with a null in its key meets no other row. It waits for the instant at which it leaves
// among others of its kind, and may be outside of memory until then.

// alonePrefix is what names of such rows begin with on the shelf.
const alonePrefix = "alone"

func (j *Forward) newAlone() *ordered.Buffer { return ordered.NewBeside(j.ctx, alonePrefix, j.until) }

// waitAlone lets the left rows of a batch wait that have no group, and returns which these are. The
// batch stays the caller's.
func (j *Forward) waitAlone(b *operators.Batch, groups []int32) (alone []int32) {
	for i, g := range groups {
		if g < 0 {
			alone = append(alone, int32(i))
		}
	}
	if len(alone) == 0 {
		return nil
	}
	part := operators.Gather(j.ctx.Alloc, b, alone) // the batch would hold the others, too
	j.alone.Add(int(ir.LeftSide), part, nil)
	part.Release()
	return alone
}

// come brings the left rows into memory that leave before an instant, and says up to which that
// is all of them: some at a time, where there are many.
func (j *Forward) come(until int64) (int64, error) {
	until, err := j.apart.come(until)
	if err != nil {
		return 0, err
	}
	until = j.alone.Step(until)
	return until, j.alone.Each(until, func(_ int64, due *ordered.Due) error {
		if len(due.Inputs) > 0 && due.Inputs[ir.LeftSide] != nil {
			j.addAlone(due.Inputs[ir.LeftSide])
		}
		return nil
	})
}

// addAlone makes waiters of rows without a key, and takes them over.
func (j *Forward) addAlone(b *operators.Batch) {
	waiters := make([]waiter, b.Rows)
	for i := range waiters {
		waiters[i] = j.waiterOf(b, i, -1, -1)
	}
	for i, id := range j.hold(ir.LeftSide, b) {
		waiters[i].left = id
		j.add(waiters[i])
	}
}

// hold keeps the rows of a batch, which it takes over. Where rows can leave memory they have copies of
// their records, so that they hold no others.
func (j *join) hold(side ir.Side, b *operators.Batch) []kept.ID {
	if j.ctx.Shelf == nil {
		return j.rows[side].Hold(b)
	}
	lean := j.Lean(side, b)
	lean.Retain()
	b.Release()
	lean.Detach()
	return j.rows[side].Hold(lean)
}
