// Package asof pairs each left row with the right row that was valid at its time: the
// last one before it or, looking ahead, the first one after it (SEMANTICS 68, 140).
//
// Rows are taken in the order in which stages that wait for time evaluate; of rows of
// one instant the right ones come first when it looks back, and last when it looks
// ahead. No left row is late: one that comes too late simply finds less. One that has
// waited in its window finds what it would have found at its own time.
package asof

import (
	"errors"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/operators/pair"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Counter counts the left rows that found no right row and were dropped.
const Counter = "asof_unmatched"

// New makes the operator for the columns of its inputs and of its output.
func New(spec *ir.Asof, left, right, out []types.Column, env *operators.Env) (operators.Operator, error) {
	sides, err := pair.New(&spec.Sides, left, right, out, env)
	if err != nil {
		return nil, err
	}
	j := join{Sides: sides, spec: spec, within: spec.Within.Microseconds(), wait: spec.Wait.Microseconds(), end: -1}
	if spec.Waited {
		if j.end = operators.ColumnIndex(left, types.WindowEnd); j.end < 0 {
			return nil, errors.New("asof join: the left rows are in no window")
		}
	}
	if spec.Forward {
		return &Forward{join: j}, nil
	}
	return &Back{join: j, sweepAt: operators.MinTime}, nil
}

// join is what both directions have in common.
type join struct {
	operators.Sequenced
	*pair.Sides
	spec   *ir.Asof
	within int64 // 0 for any distance
	wait   int64 // how long left rows may have waited in their window
	end    int   // the column of its end, -1 where they have not waited

	ctx   *operators.Context
	waits *ordered.Buffer
	table *group.Table
	rows  pair.Rows
	found []answer
	// groupsOf are the groups of the due rows at hand, ids the names they are kept by.
	groupsOf [2][]int32
	ids      [2][]kept.ID
}

// answer is a left row with what was found for it; right is -1 for nothing.
type answer struct {
	left, right   kept.ID
	t, a, at, seq int64
	rightA        int64 // arrival of the right row
}

// MergeInputs implements operators.Merger.
func (j *join) MergeInputs() bool { return true }

// SeparateInputs implements operators.Separate: rows wait for time anyway.
func (j *join) SeparateInputs() bool { return true }

// Remembers implements operators.Migrant.
func (*join) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(2), true }

// Open implements operators.Operator.
func (j *join) Open(ctx *operators.Context) error {
	j.ctx, j.waits, j.table, j.rows = ctx, ordered.New(ctx), j.NewTable(), pair.NewRows(ctx)
	return nil
}

// Spills implements operators.Spiller: of rows that wait, and keys with their rows.
func (*join) Spills() bool { return true }

// Holding implements operators.Spiller.
func (j *join) Holding() int64 { return j.waits.Holding() }

// Shed implements operators.Spiller.
func (j *join) Shed(most int64) error { return j.waits.Shed(most) }

// Process implements operators.Operator.
func (j *join) Process(input int, b *operators.Batch, _ operators.Output) error {
	defer b.Release()
	if b.Time == nil || b.Ops != nil && ir.Side(input) == ir.LeftSide {
		return errors.New("asof join: the left input must append rows, and both must have a time")
	}
	if ir.Side(input) == ir.LeftSide && j.end >= 0 {
		b.Arrival = j.whenSettled(b)
	}
	j.waits.Add(input, b, nil)
	return nil
}

// whenSettled is when rows that have waited in their window come: it takes the place of
// their arrival, which counts no more.
func (j *join) whenSettled(b *operators.Batch) []int64 {
	at, waits := slices.Clone(b.Arrival), j.spec.Settles.Microseconds()
	for i, end := range kernel.Values[int64](b.Cols[j.end]) {
		if end <= operators.MaxTime-waits {
			end += waits
		}
		at[i] = max(at[i], end)
	}
	return at
}

// touched are the groups that the due rows at hand have asked for, each once.
func (j *join) touched(more []int32) []int32 {
	all := slices.Concat(more, j.groupsOf[0], j.groupsOf[1])
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) > 0 && all[0] < 0 {
		all = all[1:]
	}
	return all
}

// put notes what became of a left row; a match of -1 is none.
func (j *join) put(a answer, out operators.Output) {
	if a.right < 0 && !j.spec.Left {
		out.Count(Counter, 1)
		j.rows[ir.LeftSide].Drop(a.left)
		return
	}
	j.found = append(j.found, a)
}

// emit makes a batch of the answers so far (SEMANTICS 14).
func (j *join) emit(out operators.Output) {
	n := len(j.found)
	if n == 0 {
		return
	}
	var pairs pair.Pairs
	for _, a := range j.found {
		pairs.Add(a.left, a.right)
	}
	b := j.Make(j.ctx.Alloc, j.rows, pairs)
	b.Time, b.Arrival, b.Progress, b.Seq = make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i, a := range j.found {
		b.Time[i], b.Arrival[i], b.Progress[i], b.Seq[i] = a.t, a.a, a.at+1, a.seq
		if a.right >= 0 {
			b.Arrival[i] = max(a.a, a.rightA)
		}
		j.rows[ir.LeftSide].Drop(a.left)
	}
	j.found = j.found[:0]
	out.Emit(0, b)
}

// holds tests the further condition for one left row and several right ones.
func (j *join) holds(left []kept.ID, right []kept.ID, at int64, out operators.Output) []bool {
	progress := operators.Repeated(len(left), at+1)
	return j.Test(j.ctx.Alloc, j.rows, pair.Pairs{Left: left, Right: right}, progress, out)
}

// Close implements operators.Operator.
func (j *join) Close() error {
	if j.waits != nil {
		j.waits.Release()
		j.rows.Release()
	}
	return nil
}
