package view

import (
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
}

// change is what a row makes of the state of its key; "" is no state.
type change struct {
	row           int32
	before, after string
	arrival       int64
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
	old := make([]string, len(rows))
	for i, r := range rows {
		old[i] = f.arrive(v.groups[r], r)
	}
	arrs := v.arrays(len(rows), func(i int) string {
		if old[i] == "" {
			return v.first
		}
		return old[i]
	})
	at := operators.Gather(v.ctx.Alloc, f.b, rows)
	at.Cols = append(at.Cols, arrs...)
	defer at.Release()
	e, failed := f.apply(at, arrs)
	defer e.release()
	next := f.merged(e, len(rows))
	defer releaseAll(next)
	code := keycode.Row(vectors(v.types, next), keycode.Exact)
	for i, r := range rows {
		if !e.taken[i] {
			continue
		}
		after := ""
		if !e.deleted[i] {
			after = marked(code, i)
		}
		f.change(r, old[i], after)
	}
	for _, r := range rows { // a key without a state begins anew, whatever came of it before
		if g := v.groups[r]; v.states[g].code == "" {
			v.states[g] = state{arrival: operators.MinTime}
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
func (f *fold) arrive(g, row int32) string {
	s := &f.v.states[g]
	if f.b.Arrival != nil {
		if f.v.expiry.Old(g, f.b.Arrival[row]) {
			*s = state{arrival: operators.MinTime}
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

// change gives a key its new state.
func (f *fold) change(row int32, before, after string) {
	s := &f.v.states[f.v.groups[row]]
	s.code = after
	switch {
	case before == "" && after == "":
		f.out.Count(kept.CounterAbsent, 1)
	case before != after:
		f.changes = append(f.changes, change{row: row, before: before, after: after, arrival: s.arrival})
	}
}

// emit sends the changes in the order of the rows; keys are those of the batch.
func (f *fold) emit(keys []kernel.Vector) {
	if len(f.changes) == 0 {
		return
	}
	slices.SortStableFunc(f.changes, func(x, y change) int { return cmp.Compare(x.row, y.row) })
	var ops []operators.Op
	var cause []int32
	var codes []string
	var arrivals []int64
	put := func(c change, op operators.Op, code string) {
		ops, cause, codes, arrivals = append(ops, op), append(cause, c.row), append(codes, code), append(arrivals, c.arrival)
	}
	for _, c := range f.changes {
		switch {
		case c.before == "":
			put(c, operators.Insert, c.after)
		case c.after == "":
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
	made = append(made, v.arrays(len(codes), func(i int) string { return codes[i] })...)
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
