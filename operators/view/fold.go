package view

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// fold applies the rows of a batch.
type fold struct {
	v       *View
	b       *operators.Batch
	out     operators.Output
	changes []change
	codes   []byte // what changes are made of, and the states before a round
	old     []code // by row of a round
}

// begin takes a batch on.
func (f *fold) begin(v *View, b *operators.Batch, out operators.Output) {
	*f = fold{v: v, b: b, out: out, changes: f.changes[:0], codes: f.codes[:0], old: f.old}
}

// change is what a row makes of the state of its key.
type change struct {
	row           int32
	before, after code
	arrival       int64
}

// code is where a state stands among codes; an empty one is no state.
type code struct{ from, to int32 }

func (c code) nothing() bool { return c.from == c.to }

func (f *fold) text(c code) []byte { return f.codes[c.from:c.to] }

// hold adds a state to codes.
func (f *fold) hold(text []byte) code {
	from := len(f.codes)
	f.codes = append(f.codes, text...)
	return code{int32(from), int32(len(f.codes))}
}

// effect is what the reducers say of the rows of a round.
type effect struct {
	taken   []bool          // some reducer applies
	deleted []bool          // one of them deletes
	sources [][]arrow.Array // by variable: the values that may be set
	from    [][]int32       // by variable and row: where its new value stands among them
}

// round applies rows of different keys and returns those that fail.
func (f *fold) round(rows []int32) []operators.Failure {
	v := f.v
	old := f.old[:0]
	for _, r := range rows {
		old = append(old, f.hold(f.arrive(v.groups[r], r)))
	}
	f.old = old
	arrs := v.arrays(len(rows), func(i int) []byte {
		if old[i].nothing() {
			return v.first
		}
		return f.text(old[i])
	})
	at := operators.Gather(v.ctx.Alloc, f.b, rows)
	at.Cols = append(at.Cols, arrs...)
	defer at.Release()
	e, failed := f.apply(at, arrs)
	defer e.release()
	next := f.merged(e, len(rows))
	defer releaseAll(next)
	write := keycode.Row(vectors(v.types, next), keycode.Exact)
	for i, r := range rows {
		if !e.taken[i] {
			continue
		}
		s := &v.states[v.groups[r]]
		if s.code = s.code[:0]; !e.deleted[i] {
			s.code = marked(s.code, write, i)
		}
		f.change(r, old[i], f.hold(s.code))
	}
	for _, r := range rows { // a key without a state begins anew, whatever came of it before
		if g := v.groups[r]; len(v.states[g].code) == 0 {
			v.states[g].begin()
			v.expiry.Forget(g)
		}
	}
	for i := range failed {
		failed[i].Row = int(rows[failed[i].Row])
	}
	return failed
}

// arrive notes a row of a key, which may have been forgotten before it, and returns the
// state it finds.
func (f *fold) arrive(g, row int32) []byte {
	s := &f.v.states[g]
	if f.b.Arrival != nil {
		if f.v.expiry.Old(g, f.b.Arrival[row]) {
			s.begin()
			f.v.expiry.Forget(g)
			f.out.Count(paned.CounterExpired, 1)
		}
		f.v.expiry.Seen(g, f.b.Time[row])
		s.arrival = max(s.arrival, f.b.Arrival[row])
	}
	return s.code
}

// apply asks all reducers; a row that fails in one is taken by none.
func (f *fold) apply(at *operators.Batch, arrs []arrow.Array) (*effect, []operators.Failure) {
	n := at.Rows
	e := &effect{taken: make([]bool, n), deleted: make([]bool, n), sources: make([][]arrow.Array, len(arrs)), from: make([][]int32, len(arrs))}
	for i, a := range arrs {
		a.Retain()
		e.sources[i], e.from[i] = []arrow.Array{a}, make([]int32, n)
		for r := range n {
			e.from[i][r] = int32(r)
		}
	}
	rows := &operators.Rows{Alloc: f.v.ctx.Alloc, Batch: at}
	for _, r := range f.v.reducers {
		part := *rows
		part.Failed, part.Buf = nil, nil
		if r.when != nil {
			sel, failed := r.when.Select(f.v.ctx.Alloc, at.Cols, n, rows.Sel)
			part.Failed, part.Sel = failed, sel
		}
		for i, set := range r.set {
			e.add(r.at[i], operators.Full(f.v.ctx.Alloc, part.Eval(set), n), n, part.Sel)
		}
		taken := operators.Batch{Rows: n, Sel: part.Sel}
		taken.Each(func(i int) { e.taken[i], e.deleted[i] = true, e.deleted[i] || r.del })
		rows.Fail(operators.InOrder(part.Failed))
	}
	for _, x := range rows.Failed {
		e.taken[x.Row] = false
	}
	return e, rows.Failed
}

// add sets a variable for rows to what stands in an array.
func (e *effect) add(variable int, values arrow.Array, n int, sel []int32) {
	base := int32(0)
	for _, a := range e.sources[variable] {
		base += int32(a.Len())
	}
	e.sources[variable] = append(e.sources[variable], values)
	part := operators.Batch{Rows: n, Sel: sel}
	part.Each(func(i int) { e.from[variable][i] = base + int32(i) })
}

func (e *effect) release() {
	for _, s := range e.sources {
		releaseAll(s)
	}
}

func releaseAll(arrs []arrow.Array) {
	for _, a := range arrs {
		a.Release()
	}
}

// merged is the variables after the rows.
func (f *fold) merged(e *effect, n int) []arrow.Array {
	out := make([]arrow.Array, len(e.sources))
	for i, s := range e.sources {
		out[i] = kernel.GatherAny(f.v.ctx.Alloc, s, e.from[i][:n])
	}
	return out
}

// change notes what a row has made of the state of its key.
func (f *fold) change(row int32, before, after code) {
	switch {
	case before.nothing() && after.nothing():
		f.out.Count(kept.CounterAbsent, 1)
	case !bytes.Equal(f.text(before), f.text(after)):
		f.changes = append(f.changes, change{row: row, before: before, after: after, arrival: f.v.states[f.v.groups[row]].arrival})
	}
}

// emit sends the changes in the order of the rows; keys are those of the batch.
func (f *fold) emit(keys []kernel.Vector) {
	if len(f.changes) == 0 {
		return
	}
	slices.SortStableFunc(f.changes, func(x, y change) int { return cmp.Compare(x.row, y.row) })
	n := 2 * len(f.changes)
	ops, cause, codes, arrivals := make([]operators.Op, 0, n), make([]int32, 0, n), make([]code, 0, n), make([]int64, 0, n)
	put := func(c change, op operators.Op, is code) {
		ops, cause, codes, arrivals = append(ops, op), append(cause, c.row), append(codes, is), append(arrivals, c.arrival)
	}
	for _, c := range f.changes {
		switch {
		case c.before.nothing():
			put(c, operators.Insert, c.after)
		case c.after.nothing():
			put(c, operators.Delete, c.before)
		default:
			put(c, operators.UpdateBefore, c.before)
			put(c, operators.UpdateAfter, c.after)
		}
	}
	v, b := f.v, f.b
	made := make([]arrow.Array, len(keys))
	for i, k := range keys {
		at := cause
		if k.Scalar {
			at = make([]int32, len(cause))
		}
		made[i] = kernel.Gather(v.ctx.Alloc, k.Arr, at)
	}
	made = append(made, v.arrays(len(codes), func(i int) []byte { return f.text(codes[i]) })...)
	r := &operators.Batch{Cols: v.layout.Arrange(made), Rows: len(ops), Ops: ops, Cause: cause}
	switch {
	case b.Time != nil:
		r.Arrival = arrivals
		for _, c := range cause {
			r.Time, r.Progress = append(r.Time, b.Time[c]), append(r.Progress, b.Progress[c])
		}
	case b.Refs != nil: // without time the records are what rows are ordered by
		for _, c := range cause {
			r.Refs = append(r.Refs, b.Refs[c])
		}
	}
	f.out.Emit(0, r)
}
