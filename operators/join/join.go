// Package join pairs rows of two inputs that are near in time (SEMANTICS 63 to 67).
//
// Rows are taken in the order in which stages that wait for time evaluate, and kept
// until the watermark has passed the last instant at which a partner could come. What
// pairs is decided by the times of the two rows and their arrivals alone (SEMANTICS
// 35), so the answer never depends on when a row was forgotten. It does not decide
// what is late: rows that can find no partner any more have left before.
package join

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/operators/pair"
	"github.com/edynamic/edynamic/vm/kernel"
)

// CounterCut counts the left rows whose lower bound, a column, lies further before
// their own time than right rows are remembered: what came before that is not found.
const CounterCut = "bounds_cut"

// flushAt is the number of events after which results are made, so that rows with
// very many partners do not pile up.
const flushAt = 1 << 14

// Join is the operator.
type Join struct {
	operators.Sequenced
	*pair.Sides
	spec     *ir.Join
	lo, hi   int64
	from, to int // columns of the left side, -1 where the bounds are durations

	ctx    *operators.Context
	waits  *ordered.Buffer
	table  *group.Table
	rows   pair.Rows
	sides  [2]*side
	events []event
	empty  []int32 // groups that have lost their last row
}

// event is something that happens at an instant: two rows meet, or a row's last
// chance for a partner passes (then the other is -1). Rows are entries of their sides.
type event struct {
	at          int64
	left, right int32
}

var (
	_ operators.Parallel = (*Join)(nil)
	_ operators.Merger   = (*Join)(nil)
	_ operators.Separate = (*Join)(nil)
	_ operators.Holder   = (*Join)(nil)
)

// New makes the operator for the columns of its inputs and of its output.
func New(spec *ir.Join, left, right, out []types.Column, env *operators.Env) (*Join, error) {
	j := &Join{spec: spec, lo: spec.Lo.Microseconds(), hi: spec.Hi.Microseconds(), from: -1, to: -1}
	if spec.From != "" {
		j.from, j.to = operators.ColumnIndex(left, spec.From), operators.ColumnIndex(left, spec.To)
		if j.from < 0 || j.to < 0 {
			return nil, fmt.Errorf("join: there are no columns %q and %q", spec.From, spec.To)
		}
	}
	var err error
	j.Sides, err = pair.New(&spec.Sides, left, right, out, env)
	return j, err
}

// MergeInputs implements operators.Merger.
func (j *Join) MergeInputs() bool { return true }

// SeparateInputs implements operators.Separate: rows wait for time anyway.
func (j *Join) SeparateInputs() bool { return true }

// Remembers implements operators.Migrant.
func (*Join) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(2), true }

// Open implements operators.Operator.
func (j *Join) Open(ctx *operators.Context) error {
	j.ctx, j.waits, j.table, j.rows = ctx, ordered.New(ctx), j.NewTable(), pair.NewRows(ctx)
	j.sides = [2]*side{{}, {}}
	return nil
}

// Held implements operators.Holder.
func (j *Join) Held() int64 { return int64(j.waits.Len() + j.sides[0].n + j.sides[1].n) }

// Process implements operators.Operator.
func (j *Join) Process(input int, b *operators.Batch, _ operators.Output) error {
	defer b.Release()
	if b.Ops != nil || b.Time == nil {
		return errors.New("join: the inputs must append rows that have a time")
	}
	j.waits.Add(input, b, nil)
	return nil
}

// OnWatermark implements operators.Operator.
func (j *Join) OnWatermark(w operators.Watermark, out operators.Output) error {
	due := j.waits.Due(w.Time)
	arrived := j.arrive(due, out)
	steps := due.Steps
	for {
		at := min(j.sides[ir.LeftSide].due.Next(), j.sides[ir.RightSide].due.Next())
		if len(steps) > 0 {
			at = min(at, steps[0].P)
		}
		if at >= w.Time {
			break
		}
		n := 0
		for n < len(steps) && steps[n].P == at {
			n++
		}
		j.instant(at, steps[:n], arrived)
		steps = steps[n:]
		if len(j.events) >= flushAt {
			j.flush(out)
		}
	}
	j.flush(out)
	j.sweep()
	return nil
}

// arrived is the due rows of an input: their groups and, by row, the entry of what
// their rows are kept as.
type arrived struct {
	b       *operators.Batch
	groups  []int32
	entries []entry
}

// arrive finds the groups of due rows and keeps the rows, which it takes over.
func (j *Join) arrive(due *ordered.Due, out operators.Output) [2]arrived {
	var sides [2]arrived
	for input, b := range due.Inputs {
		if b == nil {
			continue
		}
		x := arrived{b: b, groups: make([]int32, b.Rows), entries: make([]entry, b.Rows)}
		j.Find(j.table, ir.Side(input), b, x.groups)
		if cut := j.bounds(ir.Side(input), x); cut > 0 {
			out.Count(CounterCut, cut)
		}
		for i, id := range j.rows[input].Hold(b) {
			x.entries[i].id = id
		}
		sides[input] = x
	}
	return sides
}

// bounds fills in the entries of rows: what they pair with, and until when. It counts
// the rows whose lower bound reaches back further than right rows are remembered.
func (j *Join) bounds(input ir.Side, x arrived) (cut int64) {
	var from, to []int64
	if input == ir.LeftSide && j.from >= 0 {
		from, to = kernel.Values[int64](x.b.Cols[j.from]), kernel.Values[int64](x.b.Cols[j.to])
	}
	for i := range x.entries {
		e := &x.entries[i]
		t, p := x.b.Time[i], ordered.At(x.b, i)
		*e = entry{t: t, a: x.b.Arrival[i], seq: x.b.Seq[i], group: x.groups[i], prev: none, next: none}
		switch {
		case input == ir.RightSide:
			e.until = t - j.lo
			e.end = e.until
		case from != nil:
			e.from, e.to, e.until, e.end = max(from[i], t+j.lo), to[i]-1, to[i]-1, to[i]
			if from[i] < e.from {
				cut++
			}
		default:
			e.from, e.to, e.until = t+j.lo, t+j.hi, t+j.hi
			e.end = e.until
		}
		e.until, e.end = max(e.until, p), max(e.end, t)
	}
	return cut
}

// matches decides on a pair by what the two rows carry (SEMANTICS 35, 63).
func (j *Join) matches(l, r *entry) bool {
	return l.from <= r.t && r.t <= l.to && r.a <= l.to && l.a <= r.t-j.lo
}

// instant is everything that happens at an instant: rows come and meet those that are
// there, then rows leave whose last chance it was.
func (j *Join) instant(at int64, steps []ordered.Step, from [2]arrived) {
	first := len(j.events)
	for _, st := range steps {
		side := ir.Side(st.Input)
		e := from[side].entries[st.Row]
		if e.group < 0 && !j.keepsUnmatched(side) {
			j.rows[side].Drop(e.id) // it can neither meet another row nor show alone
			continue
		}
		n := j.sides[side].add(e)
		if e.group >= 0 {
			j.meet(at, side, n)
		}
	}
	slices.SortFunc(j.events[first:], j.bySeq)
	for _, n := range j.sides[ir.LeftSide].expire(at) {
		j.events = append(j.events, event{at, n, none})
	}
	for _, n := range j.sides[ir.RightSide].expire(at) {
		j.events = append(j.events, event{at, none, n})
	}
}

// keepsUnmatched reports that rows of a side show without a partner.
func (j *Join) keepsUnmatched(side ir.Side) bool { return pair.KeepsUnmatched(j.spec.Kind, side) }

// meet notes the rows of the other side that a new entry pairs with.
func (j *Join) meet(at int64, side ir.Side, n int32) {
	e := &j.sides[side].entries[n]
	other := j.sides[1-side]
	for m := other.first(e.group); m != none; m = other.entries[m].next {
		ev, l, r := event{at, n, m}, e, &other.entries[m]
		if side == ir.RightSide {
			ev, l, r = event{at, m, n}, r, e
		}
		if j.matches(l, r) {
			j.events = append(j.events, ev)
		}
	}
}

// bySeq orders what happens at one instant: by the left row, then by the right one; a
// row that shows alone stands for itself.
func (j *Join) bySeq(a, b event) int {
	ka, kb := j.seqs(a), j.seqs(b)
	return cmp.Or(cmp.Compare(ka[0], kb[0]), cmp.Compare(ka[1], kb[1]))
}

func (j *Join) seqs(e event) [2]int64 {
	switch {
	case e.left == none:
		return [2]int64{j.sides[ir.RightSide].entries[e.right].seq, operators.MaxTime}
	case e.right == none:
		return [2]int64{j.sides[ir.LeftSide].entries[e.left].seq, operators.MaxTime}
	}
	return [2]int64{j.sides[ir.LeftSide].entries[e.left].seq, j.sides[ir.RightSide].entries[e.right].seq}
}

// sweep forgets the keys that no row has any more.
func (j *Join) sweep() {
	gone := j.empty[:0]
	slices.Sort(j.empty)
	for i, g := range j.empty {
		if i > 0 && j.empty[i-1] == g {
			continue
		}
		if j.sides[0].first(g) == none && j.sides[1].first(g) == none {
			gone = append(gone, g)
		}
	}
	j.table.Remove(gone)
	j.empty = j.empty[:0]
}

// Close implements operators.Operator.
func (j *Join) Close() error {
	if j.waits != nil {
		j.waits.Release()
		j.rows.Release()
	}
	return nil
}
