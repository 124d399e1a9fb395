// Package expire deletes rows of a changes stream that have not changed for a time,
// and says so downstream (SEMANTICS 78).
//
// Rows wait for the watermark, so that they and the deletes leave in one order
// whatever its steps are: a row of progress p comes when the watermark is above p, a
// row of time t goes when it is above t plus the time. The end of input is no time
// that passes: rows that are not old beside the last row stay.
//
// Rows that wait, and those that are the last of their keys, can be on a shelf. What is
// there comes back when a row of the key comes, or shortly before it is too old.
package expire

import (
	"bytes"
	"errors"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Counter counts the rows that were deleted because of their age.
const Counter = "expired"

// Expire is the operator.
type Expire struct {
	after    int64
	keyed    bool // rows are known by their key, else by all of their columns
	in       []types.Column
	identity *kept.Identity

	waits   *ordered.Buffer
	least   leasts // of what waits
	lasts   *lasts
	clock   int64 // how far time has come: what is too old by then has left
	horizon int64 // how far it comes at the watermark at hand, at least
	out     operators.Output
	rows    []int32 // scratch
	groups  []int32 // scratch
}

var (
	_ operators.Timekeeper = (*Expire)(nil)
	_ operators.Spiller    = (*Expire)(nil)
)

// New makes the operator for the columns of its input, which are those of its output.
func New(spec *ir.Expire, in []types.Column) *Expire {
	return &Expire{
		after: spec.After.Microseconds(), keyed: len(spec.Input.Key) > 0, in: in,
		identity: kept.NewIdentity(&spec.Input, in), clock: operators.MinTime, horizon: operators.MinTime,
	}
}

// Open implements operators.Operator.
func (x *Expire) Open(ctx *operators.Context) error {
	x.waits = ordered.NewByProgress(ctx)
	x.lasts = newLasts(x, ctx, group.New(x.identity.Types()))
	return nil
}

// Remembers implements operators.Migrant. Rows may be known by all of their columns.
func (x *Expire) Remembers() ([]operators.Remembered, bool) {
	return []operators.Remembered{{Exact: !x.keyed}}, true
}

// Process implements operators.Operator.
func (x *Expire) Process(_ int, b *operators.Batch, _ operators.Output) error {
	defer b.Release()
	if b.Time == nil || b.Arrival == nil || b.Progress == nil {
		return errors.New("expire: rows without time")
	}
	b.Each(func(i int) {
		at := b.Arrival[i]
		if at == operators.MinTime { // never late
			at = b.Time[i]
		}
		x.least.push(at)
	})
	x.waits.Add(0, b, nil)
	return nil
}

// OnWatermark implements operators.Operator.
func (x *Expire) OnWatermark(w operators.Watermark, out operators.Output) error {
	x.out, x.horizon = out, max(x.clock, w.Time)
	if w.End {
		x.horizon = max(x.clock, w.Reached)
	}
	var failed error
	err := x.waits.Parts(w.Time, func(part *operators.Batch) {
		x.least.pop(part.Len())
		if failed == nil {
			failed = x.follow(part)
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	if err := x.age(x.horizon); err != nil {
		return err
	}
	x.clock = max(x.clock, x.horizon)
	x.lasts.flush()
	return nil
}

// OutWatermark implements operators.Timekeeper: rows that wait can still change
// results back to their arrival.
func (x *Expire) OutWatermark(in operators.Watermark) operators.Watermark {
	return operators.Watermark{Time: min(in.Time, x.least.first()), Progress: in.Time}
}

// together is how many rows find their keys at a time.
const together = 4096

// follow takes rows that wait no more, whose progress is the instant behind their own.
func (x *Expire) follow(b *operators.Batch) error {
	rows := x.rows[:0]
	b.Each(func(i int) { rows = append(rows, int32(i)) })
	x.rows = rows
	x.groups = slices.Grow(x.groups[:0], b.Rows)[:b.Rows]
	keys := x.identity.Keys(b)
	for len(rows) > 0 {
		n := min(together, len(rows))
		if n < len(rows) && b.Ops != nil && b.Ops[rows[n-1]] == operators.UpdateBefore {
			n++ // both rows of an update
		}
		if err := x.followSome(b, keys, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (x *Expire) followSome(b *operators.Batch, keys []kernel.Vector, rows []int32) error {
	l := x.lasts
	if err := l.begin(b, keys, rows, x.groups); err != nil {
		return err
	}
	for n, i := range rows {
		progress := b.Progress[i] - 1
		if err := x.age(progress); err != nil {
			return err
		}
		x.clock = max(x.clock, progress)
		op := operators.Insert
		if b.Ops != nil {
			op = b.Ops[i]
		}
		if op == operators.UpdateBefore && n+1 < len(rows) && b.Ops[rows[n+1]] == operators.UpdateAfter && x.groups[rows[n+1]] == x.groups[i] {
			continue // the row that takes its place comes next
		}
		x.take(b, i, op)
	}
	l.end()
	return nil
}

// age deletes the rows that are too old at an instant: some at a time, where they are not in
// memory.
func (x *Expire) age(to int64) error {
	l := x.lasts
	for {
		limit, err := l.bring(to, max(to, x.horizon))
		if err != nil {
			return err
		}
		for {
			g, at, ok := l.oldest(limit)
			if !ok {
				break
			}
			it := l.items[g]
			x.out.Count(Counter, 1)
			l.put(it, operators.Delete, at, it.arrival, at)
			l.forget(g)
			if l.changes.n() >= flushAt {
				l.flush()
			}
		}
		if limit.At == to {
			return nil
		}
	}
}

// take makes a row the last of its key.
func (x *Expire) take(b *operators.Batch, i int32, op operators.Op) {
	l := x.lasts
	g, t, arrival, progress := x.groups[i], b.Time[i], b.Arrival[i], b.Progress[i]-1
	was := l.items[g]
	switch {
	case op == operators.UpdateBefore || op == operators.Delete || l.gone(t) < progress:
		if was == nil {
			if op != operators.Insert && op != operators.UpdateAfter {
				x.out.Count(kept.CounterAbsent, 1)
			}
			return
		}
		l.put(was, operators.Delete, t, max(was.arrival, arrival), progress)
		l.forget(g)
	case was == nil:
		it := l.hold(g, i, t, arrival)
		l.put(it, operators.Insert, t, arrival, progress)
	default:
		it := l.replace(g, i, t, max(arrival, was.arrival))
		if !bytes.Equal(was.same, it.same) {
			l.put(was, operators.UpdateBefore, t, it.arrival, progress)
			l.put(it, operators.UpdateAfter, t, it.arrival, progress)
		}
	}
}

// Close implements operators.Operator.
func (x *Expire) Close() error {
	if x.waits != nil {
		x.waits.Release()
		x.lasts.rows.Release()
	}
	return nil
}
