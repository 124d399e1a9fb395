package aggregate

import (
	"cmp"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// updates makes results that follow their input: after every row, or when the
// watermark crosses a tick of the window.
//
// Between two watermarks of the operator, the arrival watermarks of the rows say
// when a tick is crossed, so that the steps of the watermark do not show.
type updates struct {
	a         *Aggregate
	every     int64  // 0 for every row
	keep      int64  // how long groups outlive their rows
	forgets   bool   // else groups are kept for ever
	taken     *taken // nil where no row is taken back
	itemTypes []*types.Type
	clock     int64
	alone     *window.Pane[*state] // outside windows
	periods   *paned.Periods
	round     []int32 // scratch: how often each group was seen in the batch
	err       error   // of groups that could not be brought back
}

func newUpdates(a *Aggregate) *updates {
	u := &updates{a: a, every: a.spec.EmitEvery.Microseconds(), clock: math.MinInt64, forgets: len(a.spec.Periods) > 0}
	if a.spec.Keep > 0 && a.spec.Keep != ir.KeepForever {
		u.keep, u.forgets = a.spec.Keep.Microseconds(), true
	}
	for _, it := range a.spec.Items {
		u.itemTypes = append(u.itemTypes, it.Expr.Type())
	}
	return u
}

// change is one row that leaves: what was shown before and what is shown now, as
// codes of the items; "" is nothing.
type change struct {
	row           int32 // that caused it, -1 for a tick
	cause         int32 // the first row of the change that caused it
	group         int32
	before, after string
	start, end    int64
	time, arrival int64
}

func (u *updates) process(b *operators.Batch, in *input, out operators.Output) error {
	u.periods.Read(in.keys, in.n)
	if u.every > 0 {
		u.untilTicks(b, in, out)
		return nil
	}
	var changes []change
	if !u.a.Windowed() {
		u.begin()
		if count(b.Rows, in.sel) > 0 {
			changes = u.follow(u.alone, b, in, in.sel, out, changes)
		}
	} else {
		u.a.Split(b, in.sel, func(p *window.Pane[*state], rows []int32) {
			changes = u.follow(p, b, in, rows, out, changes)
		})
	}
	if u.err != nil {
		return u.err
	}
	slices.SortStableFunc(changes, func(x, y change) int { return cmp.Compare(x.cause, y.cause) })
	u.emitRows(b, in, changes, out)
	return nil
}

// begin makes the one state of a stream outside windows.
func (u *updates) begin() {
	if u.alone != nil {
		return
	}
	s := u.a.newState()
	if u.a.Ctx.Shelf != nil {
		s.spill = spill.New(s.table, u.a.Ctx.Shelf, &onShelf{s})
	}
	u.alone = &window.Pane[*state]{State: s}
}

// follow adds rows to a state and appends the change each of them makes. Rows of
// different groups do not touch each other, so they go in rounds in which a group
// has one row at most.
func (u *updates) follow(p *window.Pane[*state], b *operators.Batch, in *input, rows []int32, out operators.Output, changes []change) []change {
	if u.taken != nil {
		return u.followChanges(p, b, in, rows, out, changes)
	}
	s := p.State
	if u.find(s, b, in, rows); u.err != nil {
		return nil
	}
	taken := make([]int32, 0, b.Rows)
	for _, round := range u.rounds(b, rows, s.table.Size()) {
		u.expire(s, b, round, out)
		if failed := u.a.add(s, in, round); len(failed) > 0 {
			out.Fail(b, failed)
			round = operators.Without(b.Rows, round, failed)
			s.rows -= int64(len(failed))
		}
		taken = append(taken, round...)
		groups := make([]int32, len(round))
		for i, r := range round {
			groups[i] = u.a.groups[r]
			u.note(s, b, r)
		}
		changes = u.compare(p, groups, func(i int) change {
			return u.caused(p, b, round[i], groups[i])
		}, func(i int) string { return u.values(in, round[i]) }, out, changes)
	}
	if int64(len(taken)) < count(b.Rows, rows) {
		u.forgetUnknown(s, b, rows)
	}
	return changes
}

// forgetUnknown drops the groups of rows that have never had a row, since all of them were
// refused.
func (u *updates) forgetUnknown(s *state, b *operators.Batch, rows []int32) {
	var gone []int32
	part := operators.Batch{Rows: b.Rows, Sel: rows}
	part.Each(func(i int) {
		if g := u.a.groups[i]; !s.live.groups[g].known {
			gone = append(gone, g)
		}
	})
	slices.Sort(gone)
	gone = slices.Compact(gone)
	if s.spill != nil {
		s.spill.Removed(gone)
	}
	s.forget(gone)
}

func (u *updates) find(s *state, b *operators.Batch, in *input, rows []int32) {
	s.table.Find(in.keys, b.Rows, rows, u.a.groups)
	u.bring(s, b, rows)
	s.live.grow(s.table.Size())
	s.rows += count(b.Rows, rows)
}

// bring brings the groups of rows back that were put away.
func (u *updates) bring(s *state, b *operators.Batch, rows []int32) {
	if s.spill != nil {
		u.err = s.spill.Found(b.Rows, rows, u.a.groups)
	}
}

// values is the by values of a row as JSON.
func (u *updates) values(in *input, r int32) string {
	keys := u.gatherKeys(in, []int32{r})
	defer releaseArrays(keys)
	return group.JSON(u.a.byCols, keys, 0)
}

// gatherKeys is the by values of rows of the batch.
func (u *updates) gatherKeys(in *input, rows []int32) []arrow.Array {
	keys := make([]arrow.Array, len(in.keys))
	for i, k := range in.keys {
		at := rows
		if k.Scalar {
			at = make([]int32, len(rows))
		}
		keys[i] = kernel.Gather(u.a.Alloc, k.Arr, at)
	}
	return keys
}

// rounds deals rows out so that no group is twice in a round.
func (u *updates) rounds(b *operators.Batch, rows []int32, groups int) [][]int32 {
	if cap(u.round) < groups {
		u.round = make([]int32, groups)
	}
	seen := u.round[:groups]
	clear(seen)
	var out [][]int32
	deal := func(r int32) {
		k := seen[u.a.groups[r]]
		seen[u.a.groups[r]]++
		if int(k) == len(out) {
			out = append(out, nil)
		}
		out[k] = append(out[k], r)
	}
	if rows == nil {
		for r := range int32(b.Rows) {
			deal(r)
		}
		return out
	}
	for _, r := range rows {
		deal(r)
	}
	return out
}

// expire forgets groups whose `keep` has run out before a row of theirs.
func (u *updates) expire(s *state, b *operators.Batch, round []int32, out operators.Output) {
	if !u.forgets || b.Arrival == nil {
		return
	}
	for _, r := range round {
		g := u.a.groups[r]
		if l := &s.live.groups[g]; l.known && u.isOld(l, b.Arrival[r]) {
			for _, agg := range s.aggs {
				agg.Grow(s.table.Size())
				agg.Free([]int32{g})
			}
			s.live.forget(g)
			out.Count(paned.CounterExpired, 1)
		}
	}
}

func (u *updates) isOld(l *shown, arrival int64) bool {
	return l.time <= math.MaxInt64-u.keep && arrival > l.time+u.keep
}

// note remembers the times of a row.
func (u *updates) note(s *state, b *operators.Batch, r int32) {
	l := &s.live.groups[u.a.groups[r]]
	l.known = true
	if b.Time != nil {
		l.time = max(l.time, b.Time[r], u.periods.Until(r))
	}
	if b.Arrival != nil {
		l.arrival = max(l.arrival, b.Arrival[r])
	}
}

func (u *updates) caused(p *window.Pane[*state], b *operators.Batch, r, g int32) change {
	c := change{row: r, cause: r, group: g, start: p.Start, end: p.End}
	switch {
	case u.a.Windowed():
		c.time, c.arrival = p.End-1, min(b.Arrival[r], p.End-1)
	case b.Time != nil:
		c.time, c.arrival = b.Time[r], p.State.live.groups[g].arrival
	}
	return c
}

// compare computes the rows of groups and appends a change for each that differs
// from what was shown. values is a group's `by` as JSON.
func (u *updates) compare(p *window.Pane[*state], groups []int32, begin func(i int) change, values func(i int) string, out operators.Output, changes []change) []change {
	s := p.State
	res := u.a.results(s, groups)
	defer releaseArrays(res.made)
	items := make([]kernel.Vector, len(u.itemTypes))
	for i, t := range u.itemTypes {
		items[i] = kernel.Vector{Type: t, Arr: res.made[len(u.a.by)+i]}
	}
	encode := keycode.Row(items, keycode.Exact)
	var code []byte
	for i, g := range groups {
		l := &s.live.groups[g]
		c := begin(i)
		if l.visible {
			c.before = l.row
		}
		if res.failed != nil && res.failed[i] != nil {
			if !l.failed {
				at := c.time
				out.FailGroup(at, res.failed[i].Code, res.failed[i].Reason, values(i))
			}
			l.failed, l.visible = true, false
		} else {
			code = append(encode(append(code[:0], '.'), i), '.')
			c.after = string(code)
			l.failed, l.visible, l.row = false, true, c.after
		}
		if c.before != c.after {
			changes = append(changes, c)
		}
	}
	return changes
}

// rowsOf spreads changes into rows: the change each is of, its operation and code.
func rowsOf(changes []change) (of []int32, ops []operators.Op, codes []string) {
	put := func(i int, op operators.Op, code string) {
		of, ops, codes = append(of, int32(i)), append(ops, op), append(codes, code)
	}
	for i, c := range changes {
		switch {
		case c.before == "":
			put(i, operators.Insert, c.after)
		case c.after == "":
			put(i, operators.Delete, c.before)
		default:
			put(i, operators.UpdateBefore, c.before)
			put(i, operators.UpdateAfter, c.after)
		}
	}
	return of, ops, codes
}

// build makes the batch of changes; keys are the by values of each of its rows.
func (u *updates) build(changes []change, of []int32, ops []operators.Op, codes []string, keys []arrow.Array) *operators.Batch {
	n := len(of)
	alloc := u.a.Alloc
	made := append(keys, keycode.Decode(alloc, u.itemTypes, n, func(i int) []byte {
		return []byte(codes[i][1 : len(codes[i])-1]) // less the marks that tell no items from no row
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

func (u *updates) onWatermark(w operators.Watermark, out operators.Output) error {
	if u.every > 0 {
		u.advance(w.Time, -1, out)
	}
	for _, p := range u.a.Panes.Due(w.Time) {
		if u.every > 0 && len(p.State.live.changed) > 0 { // restored beside a clock that was further on
			u.show(p, u.a.Panes.Settled(p.End), -1, out)
		}
		u.a.free(p.State)
	}
	if u.alone != nil && u.forgets && !w.End && w.Time != operators.MinTime {
		return u.sweep(u.alone.State, w.Time, out)
	}
	return nil
}

// sweep forgets the groups that no later row can find: its arrival is at least the
// watermark. It looks at all groups once per eighth of the time they are kept.
func (u *updates) sweep(s *state, watermark int64, out operators.Output) error {
	if watermark < s.live.sweep {
		return nil
	}
	s.live.sweep = watermark + u.keep/8 + 1
	u.a.listed = s.table.Groups(u.a.listed[:0])
	var old []int32
	for _, g := range u.a.listed {
		if u.isOld(&s.live.groups[g], watermark) {
			old = append(old, g)
		}
	}
	n := int64(len(old))
	if s.spill != nil {
		away, err := s.spill.Away(u.a.Ctx.Mine, func(value []byte) bool {
			return u.isOld(&shown{time: timeOnShelf(value)}, watermark)
		})
		if err != nil {
			return err
		}
		n += away
		s.spill.Removed(old)
	}
	if n > 0 {
		out.Count(paned.CounterExpired, n)
	}
	if len(old) == 0 {
		return nil
	}
	for _, agg := range s.aggs {
		agg.Free(old)
	}
	for _, g := range old {
		s.live.forget(g)
	}
	s.table.Remove(old)
	return nil
}
