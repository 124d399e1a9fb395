// Package join pairs rows of two inputs that are near in time (SEMANTICS 63 to 67).
//
// Rows are taken in the order in which stages that wait for time evaluate, and kept
// until the watermark has passed the last instant at which a partner could come. What
// pairs is decided by the times of the two rows and their arrivals alone (SEMANTICS
// 35), so the answer never depends on when a row was forgotten, or where it was kept. It does not decide
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
	"github.com/edynamic/edynamic/operators/kept"
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

	ctx       *operators.Context
	waits     *ordered.Buffer
	alone     [2]*ordered.Buffer // see keyless.go; nil for a side whose rows do not show without a partner
	buckets   *buckets
	narrowest int // see buckets
	rows      pair.Rows
	apart     apart
	sides     [2]*side
	events    []event
	empty     []place // groups that have lost their last row
}

// place is a group of a bucket.
type place struct{ bucket, group int32 }

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
	_ operators.Spiller  = (*Join)(nil)
)

// New makes the operator for the columns of its inputs and of its output.
func New(spec *ir.Join, left, right, out []types.Column, env *operators.Env) (*Join, error) {
	j := &Join{spec: spec, lo: spec.Lo.Microseconds(), hi: spec.Hi.Microseconds(), from: -1, to: -1}
	j.narrowest = max(narrowest, power(uint64(max(j.hi, -j.lo, 1)))-2*parts)
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
	j.ctx, j.waits, j.buckets, j.rows = ctx, ordered.New(ctx), newBuckets(j, ctx.Shelf), pair.NewRows(ctx)
	if ctx.Shelf != nil {
		j.rows = pair.NewDetachedRows(ctx)
	}
	for s := range j.sides {
		j.sides[s] = &side{which: ir.Side(s), buckets: j.buckets}
		j.apart.rows[s] = kept.NewApart(j.rows[s], j.Columns(ir.Side(s)))
		j.alone[s] = j.newAlone(ir.Side(s))
	}
	return nil
}

// Held implements operators.Holder.
func (j *Join) Held() int64 {
	n := int64(j.waits.Len()) + j.buckets.held()
	for _, b := range j.alone {
		if b != nil {
			n += int64(b.Len())
		}
	}
	return n
}

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
	return j.waits.Each(w.Time, func(until int64, due *ordered.Due) error { return j.pass(until, due, out) })
}

// pass takes rows, and lets everything happen before a watermark.
func (j *Join) pass(watermark int64, due *ordered.Due, out operators.Output) error {
	arrived, err := j.arrive(due, out)
	if err != nil {
		return err
	}
	steps := due.Steps
	for done := false; !done; {
		until, err := j.buckets.next(watermark)
		if err == nil {
			until, err = j.comeAlone(until)
		}
		if err != nil {
			return err
		}
		steps = j.happen(until, steps, arrived, out)
		done = until == watermark
		if len(steps) == 0 { // else rows are to come for keys that have none now
			j.sweep()
			j.buckets.close(until)
		}
	}
	return nil
}

// happen lets everything happen before an instant, and returns the steps behind it.
func (j *Join) happen(until int64, steps []ordered.Step, from [2]arrived, out operators.Output) []ordered.Step {
	for {
		at := min(j.sides[ir.LeftSide].due.Next(), j.sides[ir.RightSide].due.Next())
		if len(steps) > 0 {
			at = min(at, steps[0].P)
		}
		if at >= until {
			break
		}
		n := 0
		for n < len(steps) && steps[n].P == at {
			n++
		}
		j.instant(at, steps[:n], from)
		steps = steps[n:]
		if len(j.events) >= flushAt {
			j.flush(out)
		}
	}
	j.flush(out)
	j.buckets.past = until
	return steps
}

// arrived is the due rows of an input: their keys and, by row, the entry of what
// their rows are kept as.
type arrived struct {
	keys    []int32 // among those at hand, none for one with a null
	entries []entry
}

// arrive finds the keys of due rows and keeps the rows, which it takes over.
func (j *Join) arrive(due *ordered.Due, out operators.Output) ([2]arrived, error) {
	var sides [2]arrived
	if j.ctx.Shelf != nil {
		j.buckets.keys.Clear()
	}
	for input, b := range due.Inputs {
		if b == nil {
			continue
		}
		x := arrived{keys: make([]int32, b.Rows), entries: make([]entry, b.Rows)}
		j.Find(j.buckets.keys, ir.Side(input), b, x.keys)
		if cut := j.bounds(ir.Side(input), b, x); cut > 0 {
			out.Count(CounterCut, cut)
		}
		j.hold(ir.Side(input), b, x)
		sides[input] = x
	}
	return sides, j.buckets.find(sides)
}

// lean takes a batch over and gives what is kept of it.
func (j *Join) lean(input ir.Side, b *operators.Batch) *operators.Batch {
	lean := j.Lean(input, b)
	lean.Retain()
	b.Release()
	if j.ctx.Shelf != nil {
		lean.Detach()
	}
	return lean
}

// bounds fills in the entries of rows: what they pair with, and until when. It counts
// the rows whose lower bound reaches back further than right rows are remembered.
func (j *Join) bounds(input ir.Side, b *operators.Batch, x arrived) (cut int64) {
	bound := j.bounder(input, b)
	for i := range x.entries {
		if bound(i, &x.entries[i]) {
			cut++
		}
		x.entries[i].group = x.keys[i]
	}
	return cut
}

// bounder fills in entries of rows but for their place: what they pair with, and until when. It
// reports that the lower bound of a row reaches back further than right rows are remembered.
func (j *Join) bounder(input ir.Side, b *operators.Batch) func(row int, e *entry) (cut bool) {
	var from, to []int64
	if input == ir.LeftSide && j.from >= 0 {
		from, to = kernel.Values[int64](b.Cols[j.from]), kernel.Values[int64](b.Cols[j.to])
	}
	return func(i int, e *entry) (cut bool) {
		t := b.Time[i]
		*e = entry{t: t, a: b.Arrival[i], prev: none, next: none}
		if b.Seq != nil {
			e.seq = b.Seq[i]
		}
		switch {
		case input == ir.RightSide:
			e.until = t - j.lo
			e.end = e.until
		case from != nil:
			e.from, e.to, e.until, e.end = max(from[i], t+j.lo), to[i]-1, to[i]-1, to[i]
			cut = from[i] < e.from
		default:
			e.from, e.to, e.until = t+j.lo, t+j.hi, t+j.hi
			e.end = e.until
		}
		e.until, e.end = max(e.until, ordered.At(b, i)), max(e.end, t)
		return cut
	}
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
		if e.group == none { // it meets no other row, see hold
			continue
		}
		n := j.sides[side].add(e)
		j.buckets.of[e.bucket].rows[side]++
		j.meet(at, side, n, from[side].keys[st.Row])
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

// showsAlone reports that rows show without a partner.
func (j *Join) showsAlone() bool {
	return j.keepsUnmatched(ir.LeftSide) || j.keepsUnmatched(ir.RightSide)
}

// meet notes the rows of the other side that a new entry pairs with.
func (j *Join) meet(at int64, side ir.Side, n, key int32) {
	e := &j.sides[side].entries[n]
	other := j.sides[1-side]
	for _, b := range j.buckets.open {
		for m := b.first(1-side, key); m != none; m = other.entries[m].next {
			ev, l, r := event{at, n, m}, e, &other.entries[m]
			if side == ir.RightSide {
				ev, l, r = event{at, m, n}, r, e
			}
			if j.matches(l, r) {
				j.events = append(j.events, ev)
			}
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
	slices.SortFunc(j.empty, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.group, b.group))
	})
	left := slices.Compact(j.empty)
	var gone []int32
	for len(left) > 0 {
		b := j.buckets.of[left[0].bucket]
		gone = gone[:0]
		for len(left) > 0 && left[0].bucket == b.number {
			if b.empty(left[0].group) {
				gone = append(gone, left[0].group)
			}
			left = left[1:]
		}
		b.remove(gone)
	}
	j.empty = j.empty[:0]
}

// Close implements operators.Operator.
func (j *Join) Close() error {
	if j.waits != nil {
		j.waits.Release()
		j.rows.Release()
		j.releaseAlone()
	}
	return nil
}
