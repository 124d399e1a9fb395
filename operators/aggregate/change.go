package aggregate

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// change is one row that leaves: what was shown before and what is shown now, as
// codes of the items.
type change struct {
	row           int32 // that caused it, -1 for a tick
	cause         int32 // the first row of the change that caused it
	group         int32
	place         int32 // of its result, -1 where the group has no rows left
	anew          bool  // the group was forgotten before the row
	before, after code
	start, end    int64
	time, arrival int64
}

// code is where a code of items stands among the codes of a batch; an empty one is
// nothing.
type code struct{ from, to int32 }

func (c code) nothing() bool { return c.from == c.to }

// textOf is a code of items, less the marks that tell no items from no row.
func (u *updates) textOf(c code) []byte { return u.codes[c.from+1 : c.to-1] }

// hold adds a code to those of the batch.
func (u *updates) hold(text []byte) code {
	from := len(u.codes)
	u.codes = append(u.codes, text...)
	return code{int32(from), int32(len(u.codes))}
}

// compare computes results out of what is known at places of aggs, and fills in the
// changes from one on; those that change nothing of what was shown are left out. values
// is a group's `by` as JSON.
func (u *updates) compare(s *state, aggs []kernel.Aggregator, places []int32, changes []change, from int, values func(c *change) string, out operators.Output) []change {
	res := &results{}
	if len(places) > 0 {
		u.a.compute(aggs, places, res)
	} else {
		res.made = make([]arrow.Array, len(u.itemTypes)) // only groups that are gone
	}
	defer releaseArrays(res.made)
	items := make([]kernel.Vector, len(u.itemTypes))
	for i, t := range u.itemTypes {
		items[i] = kernel.Vector{Type: t, Arr: res.made[i]}
	}
	var encode keycode.Appender
	if len(places) > 0 {
		encode = keycode.Row(items, keycode.Exact)
	}
	left := changes[:from]
	for k := range changes[from:] {
		c := &changes[from+k]
		l := &s.live.groups[c.group]
		if c.anew {
			l.visible, l.failed = false, false
		}
		if l.visible {
			c.before = u.hold(l.row)
		}
		i := int(c.place)
		switch {
		case i < 0:
			l.failed, l.visible = false, false
		case res.failed != nil && res.failed[i] != nil:
			if !l.failed {
				out.FailGroup(c.time, res.failed[i].Code, res.failed[i].Reason, values(c))
			}
			l.failed, l.visible = true, false
		default:
			l.row = append(encode(append(l.row[:0], '.'), i), '.')
			c.after = u.hold(l.row)
			l.failed, l.visible = false, true
		}
		if !bytes.Equal(u.codes[c.before.from:c.before.to], u.codes[c.after.from:c.after.to]) {
			left = append(left, *c)
		}
	}
	return left
}

// rowsOf spreads changes into rows: the change each is of, its operation and code.
func rowsOf(changes []change) (of []int32, ops []operators.Op, codes []code) {
	n := 2 * len(changes)
	of, ops, codes = make([]int32, 0, n), make([]operators.Op, 0, n), make([]code, 0, n)
	put := func(i int, op operators.Op, c code) {
		of, ops, codes = append(of, int32(i)), append(ops, op), append(codes, c)
	}
	for i := range changes {
		c := &changes[i]
		switch {
		case c.before.nothing():
			put(i, operators.Insert, c.after)
		case c.after.nothing():
			put(i, operators.Delete, c.before)
		default:
			put(i, operators.UpdateBefore, c.before)
			put(i, operators.UpdateAfter, c.after)
		}
	}
	return of, ops, codes
}

// build makes the batch of changes; keys are the by values of each of its rows.
func (u *updates) build(changes []change, of []int32, ops []operators.Op, codes []code, keys []arrow.Array) *operators.Batch {
	n := len(of)
	alloc := u.a.Alloc
	made := append(keys, keycode.Decode(alloc, u.itemTypes, n, func(i int) []byte {
		return u.textOf(codes[i])
	})...)
	if u.a.Windowed() {
		starts, s := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
		ends, e := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
		for i, c := range of {
			s[i], e[i] = changes[c].start, changes[c].end
		}
		made = append(made, starts, ends)
	}
	return &operators.Batch{Cols: u.a.Layout.Arrange(made), Rows: n, Ops: ops}
}

// emitRows emits changes that rows of a batch have caused.
func (u *updates) emitRows(b *operators.Batch, in *input, changes []change, out operators.Output) {
	if len(changes) == 0 {
		return
	}
	of, ops, codes := rowsOf(changes)
	cause := make([]int32, len(of))
	for i, c := range of {
		cause[i] = changes[c].row
	}
	r := u.build(changes, of, ops, codes, u.gatherKeys(in, cause))
	r.Cause = cause
	if b.Time != nil {
		r.Time, r.Arrival, r.Progress = make([]int64, r.Rows), make([]int64, r.Rows), make([]int64, r.Rows)
		for i, c := range of {
			r.Time[i], r.Arrival[i], r.Progress[i] = changes[c].time, changes[c].arrival, b.Progress[changes[c].cause]
		}
	} else if b.Refs != nil {
		// Without time the records are what rows are ordered by.
		r.Refs = make([]operators.Ref, r.Rows)
		for i := range r.Refs {
			r.Refs[i] = b.Refs[cause[i]]
		}
	}
	out.Emit(0, r)
}
