// Package expire deletes rows of a changes stream that have not changed for a time,
// and says so downstream (SEMANTICS 78).
//
// Rows wait for the watermark, so that they and the deletes leave in one order
// whatever its steps are: a row of progress p comes when the watermark is above p, a
// row of time t goes when it is above t plus the time. The end of input is no time
// that passes: rows that are not old beside the last row stay.
package expire

import (
	"bytes"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/wire"
)

// Counter counts the rows that were deleted because of their age.
const Counter = "expired"

// Expire is the operator.
type Expire struct {
	after    int64
	keyed    bool // rows are known by their key, else by all of their columns
	in       []types.Column
	identity *kept.Identity
	ctx      *operators.Context

	rows    *kept.Rows
	waiting []*row // in the order they came
	live    map[string]*last
	ages    ages
	least   []least // of what waits
	pushed  int64
	popped  int64
	clock   int64 // how far time has come
	changes changes
	pool    kept.Pool[row]
	chosen  []int32 // scratch
	buf     []byte  // scratch
}

// row is a row of the stream.
type row struct {
	kept.Entry
	op                      operators.Op
	code                    []byte // of its key, and of the row; the memory stays the row's
	keyed                   int    // bytes of its key
	time, arrival, progress int64
	aging, gone             bool // it is in ages; nobody needs it but for that
}

func (r *row) key() []byte { return r.code[:r.keyed] }

// last is the last row of a key.
type last struct {
	key string
	row *row
}

// least is the smallest instant that a waiting row, or any behind it, can change.
type least struct{ number, at int64 }

var _ operators.Timekeeper = (*Expire)(nil)

// New makes the operator for the columns of its input, which are those of its output.
func New(spec *ir.Expire, in []types.Column) *Expire {
	return &Expire{
		after: spec.After.Microseconds(), keyed: len(spec.Input.Key) > 0, in: in, identity: kept.NewIdentity(&spec.Input, in), live: map[string]*last{}, clock: operators.MinTime,
	}
}

// Open implements operators.Operator.
func (x *Expire) Open(ctx *operators.Context) error {
	x.ctx, x.rows = ctx, kept.New(ctx)
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
	key, same := x.identity.Codes(b), paned.RowCode(b, x.in)
	rows := x.chosen[:0]
	b.Each(func(i int) { rows = append(rows, int32(i)) })
	x.chosen = rows
	ids := x.rows.Add(b, rows)
	for n, i := range rows {
		x.buf = key(x.buf[:0], int(i))
		keyed := len(x.buf)
		x.buf = same(x.buf, int(i))
		r := x.pool.Take()
		*r = row{code: append(r.code[:0], x.buf...), keyed: keyed, time: b.Time[i], arrival: b.Arrival[i], progress: b.Progress[i]}
		r.ID = ids[n]
		if b.Ops != nil {
			r.op = b.Ops[i]
		}
		x.wait(r)
	}
	return nil
}

func (x *Expire) wait(r *row) {
	at := r.arrival
	if at == operators.MinTime { // never late
		at = r.time
	}
	for len(x.least) > 0 && x.least[len(x.least)-1].at >= at {
		x.least = x.least[:len(x.least)-1]
	}
	x.least = append(x.least, least{x.pushed, at})
	x.pushed++
	x.waiting = append(x.waiting, r)
}

// next takes the first row that waits.
func (x *Expire) next() *row {
	r := x.waiting[0]
	x.waiting[0] = nil
	x.waiting = x.waiting[1:]
	x.popped++
	if len(x.least) > 0 && x.least[0].number < x.popped {
		x.least = x.least[1:]
	}
	return r
}

// OnWatermark implements operators.Operator.
func (x *Expire) OnWatermark(w operators.Watermark, out operators.Output) error {
	for len(x.waiting) > 0 && x.waiting[0].progress < w.Time {
		r := x.next()
		x.age(r.progress, out)
		x.clock = max(x.clock, r.progress)
		x.take(r, out)
	}
	if w.End {
		x.clock = max(x.clock, w.Reached)
	} else {
		x.clock = max(x.clock, w.Time)
	}
	x.age(x.clock, out)
	x.emit(out)
	return nil
}

// OutWatermark implements operators.Timekeeper: rows that wait can still change
// results back to their arrival.
func (x *Expire) OutWatermark(in operators.Watermark) operators.Watermark {
	out := operators.Watermark{Time: in.Time, Progress: in.Time}
	if len(x.least) > 0 {
		out.Time = min(out.Time, x.least[0].at)
	}
	return out
}

// gone is the instant after which a row is too old.
func (x *Expire) gone(r *row) int64 {
	if r.time > math.MaxInt64-x.after {
		return math.MaxInt64
	}
	return r.time + x.after
}

// age deletes the rows that are too old at an instant.
func (x *Expire) age(to int64, out operators.Output) {
	for len(x.ages) > 0 && x.ages[0].at < to {
		a := x.ages.pop()
		a.row.aging = false
		if a.row.gone {
			x.pool.Give(a.row)
			continue
		}
		l := x.live[string(a.row.key())]
		if l == nil || l.row != a.row {
			continue // another row has taken its place
		}
		delete(x.live, l.key)
		out.Count(Counter, 1)
		x.changes.put(a.row, operators.Delete, a.at, a.row.arrival, a.at)
		x.changes.drop(a.row)
	}
}

// take makes a row the last of its key.
func (x *Expire) take(r *row, out operators.Output) {
	var was *row
	of := x.live[string(r.key())]
	if of != nil {
		was = of.row
	}
	switch {
	case r.op == operators.UpdateBefore && len(x.waiting) > 0 && x.waiting[0].op == operators.UpdateAfter && bytes.Equal(x.waiting[0].key(), r.key()):
		x.changes.drop(r) // the row that takes its place comes next
	case r.op == operators.UpdateBefore || r.op == operators.Delete || x.gone(r) < r.progress:
		x.changes.drop(r)
		if was == nil {
			if r.op != operators.Insert && r.op != operators.UpdateAfter {
				out.Count(kept.CounterAbsent, 1)
			}
			return
		}
		delete(x.live, of.key)
		x.changes.put(was, operators.Delete, r.time, max(was.arrival, r.arrival), r.progress)
		x.changes.drop(was)
	case was == nil:
		x.begin(r)
		x.changes.put(r, operators.Insert, r.time, r.arrival, r.progress)
	default:
		of.row = r
		x.replace(was, r)
	}
}

// begin makes a row the first of its key.
func (x *Expire) begin(r *row) {
	of := &last{key: string(r.key()), row: r}
	x.live[of.key] = of
	x.willAge(r)
}

func (x *Expire) willAge(r *row) {
	r.aging = true
	x.ages.push(aged{x.gone(r), r})
}

func (x *Expire) replace(was, r *row) {
	r.arrival = max(r.arrival, was.arrival)
	x.willAge(r)
	if !bytes.Equal(was.code, r.code) {
		x.changes.put(was, operators.UpdateBefore, r.time, r.arrival, r.progress)
		x.changes.put(r, operators.UpdateAfter, r.time, r.arrival, r.progress)
	}
	x.changes.drop(was)
}

// Close implements operators.Operator.
func (x *Expire) Close() error {
	if x.rows != nil {
		x.rows.Release()
	}
	return nil
}

// Snapshot implements operators.Operator.
func (x *Expire) Snapshot() ([]byte, error) {
	var w wire.Writer
	w.Int(x.clock)
	var ids []kept.ID
	put := func(r *row) {
		w.Uint(uint64(r.op))
		w.String(string(r.key()))
		w.String(string(r.code[r.keyed:]))
		w.Int(r.time)
		w.Int(r.arrival)
		w.Int(r.progress)
		ids = append(ids, r.ID)
	}
	w.Uint(uint64(len(x.waiting)))
	for _, r := range x.waiting {
		put(r)
	}
	w.Uint(uint64(len(x.live)))
	for _, key := range slices.Sorted(maps.Keys(x.live)) {
		put(x.live[key].row)
	}
	err := x.rows.Save(&w, ids)
	return w.Buf, err
}

// Restore implements operators.Operator.
func (x *Expire) Restore(saved []byte, _ operators.Mine) error {
	r := wire.NewReader(saved)
	x.clock = max(x.clock, r.Int())
	var all []*row
	get := func() *row {
		one := &row{op: operators.Op(r.Uint()), code: []byte(r.String())}
		one.keyed = len(one.code)
		one.code = append(one.code, r.String()...)
		one.time, one.arrival, one.progress = r.Int(), r.Int(), r.Int()
		all = append(all, one)
		return one
	}
	for range r.Len() {
		x.wait(get())
	}
	for range r.Len() {
		x.begin(get())
	}
	ids := x.rows.Load(r)
	if r.Err() == nil && len(ids) != len(all) {
		return errors.New("expire: rows are missing")
	}
	for i, id := range ids {
		all[i].ID = id
	}
	x.recode(all, ids)
	return r.Err()
}

// recode gives rows that have other columns now than when they were written down the codes
// of all that readers see of them.
func (x *Expire) recode(all []*row, ids []kept.ID) {
	if !x.rows.Adapted() || len(ids) == 0 {
		return
	}
	b := x.rows.Take(ids)
	defer b.Release()
	same := paned.RowCode(b, x.in)
	for i, r := range all {
		r.code = same(r.code[:r.keyed], i)
	}
}
