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
)

// updates makes results that follow their input: after every row, or when the
// watermark crosses a tick of the window.
//
// Between two watermarks of the operator, the arrival watermarks of the rows say
// when a tick is crossed, so that the steps of the watermark do not show.
type updates struct {
	a         *Aggregate
	ticks     *window.Ticked[*state]
	keep      int64  // how long groups outlive their rows
	forgets   bool   // else groups are kept for ever
	taken     *taken // nil where no row is taken back
	itemTypes []*types.Type
	alone     *window.Pane[*state] // outside windows
	periods   *paned.Periods
	err       error    // of groups that could not be brought back
	moments   *moments // nil where results are computed round by round
	dealt     rounds
	round     []int32  // scratch: how often each group was seen in the batch, or groups
	found     []change // scratch of process
	codes     []byte   // what changes of the batch are made of
}

func newUpdates(a *Aggregate) *updates {
	u := &updates{a: a, forgets: len(a.spec.Periods) > 0}
	u.ticks = u.newTicks()
	if a.spec.Keep > 0 && a.spec.Keep != ir.KeepForever {
		u.keep, u.forgets = a.spec.Keep.Microseconds(), true
	}
	for _, it := range a.spec.Items {
		u.itemTypes = append(u.itemTypes, it.Expr.Type())
	}
	u.moments = newMoments(a, func(*call) bool { return a.spec.Input != nil })
	return u
}

func (u *updates) process(b *operators.Batch, in *input, out operators.Output) error {
	u.periods.Read(in.keys, in.n)
	if u.ticks.Every > 0 {
		starts, ends := u.a.Bounds(b)
		u.ticks.Take(b, in.sel, starts, ends, func(rows []int32) { u.collect(b, in, rows, out) }, out)
		return u.err
	}
	changes := u.found[:0]
	u.codes = u.codes[:0]
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
	u.found = changes
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
// has one row at most. What the aggregates know after each round is kept where it can
// be, so that the results of all rounds are computed together.
func (u *updates) follow(p *window.Pane[*state], b *operators.Batch, in *input, rows []int32, out operators.Output, changes []change) []change {
	if u.taken != nil {
		return u.followChanges(p, b, in, rows, out, changes)
	}
	s := p.State
	if u.find(s, b, in, rows); u.err != nil {
		return nil
	}
	u.deal(b, rows, s.table.Size())
	values := func(c *change) string { return u.values(in, c.row) }
	first, refused := len(changes), 0
	for k := range u.dealt.len() {
		round := u.dealt.at(k)
		for _, r := range round {
			u.expires(s, b, r, out)
		}
		if failed := u.a.add(s, in, round); len(failed) > 0 {
			out.Fail(b, failed)
			round = operators.Without(b.Rows, round, failed)
			refused += len(failed)
		}
		from := len(changes)
		for _, r := range round {
			u.note(s, b, r)
			changes = append(changes, u.caused(p, b, r, u.a.groups[r]))
		}
		changes = u.settle(s, changes, from, values, out)
	}
	changes = u.compareAll(s, changes, first, values, out)
	if refused > 0 {
		s.rows -= int64(refused)
		u.forgetUnknown(s, b, rows)
	}
	return changes
}

// settle finds the results of the changes from one on, which stand for a group each, or
// keeps what is known of the groups for compareAll.
func (u *updates) settle(s *state, changes []change, from int, values func(c *change) string, out operators.Output) []change {
	groups := u.round[:0]
	for i := from; i < len(changes); i++ {
		if c := &changes[i]; c.place >= 0 {
			c.place = int32(len(groups))
			groups = append(groups, c.group)
		}
	}
	u.round = groups
	if u.moments == nil {
		return u.compare(s, s.aggs, groups, changes, from, values, out)
	}
	first := u.moments.take(s, groups)
	for i := from; i < len(changes); i++ {
		if changes[i].place >= 0 {
			changes[i].place += first
		}
	}
	return changes
}

// compareAll finds the results that settle has put off.
func (u *updates) compareAll(s *state, changes []change, from int, values func(c *change) string, out operators.Output) []change {
	if u.moments == nil {
		return changes
	}
	return u.compare(s, u.moments.aggs, u.moments.all(), changes, from, values, out)
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
	s.forget(slices.Compact(gone))
}

func (u *updates) find(s *state, b *operators.Batch, in *input, rows []int32) {
	s.table.Find(in.keys, b.Rows, rows, u.a.groups)
	u.bring(s, b, rows)
	s.live.grow(s.table.Size())
	s.rows += count(b.Rows, rows)
}

// bring brings the groups of rows back that were put away.
func (u *updates) bring(s *state, b *operators.Batch, rows []int32) {
	if err := u.a.bring(s, b.Rows, rows); err != nil {
		u.err = err
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

// expires forgets the group of a row whose `keep` has run out before it, but for what was
// shown of it.
func (u *updates) expires(s *state, b *operators.Batch, r int32, out operators.Output) {
	if !u.forgets || b.Arrival == nil {
		return
	}
	g := u.a.groups[r]
	l := &s.live.groups[g]
	if !l.known || !u.isOld(l, b.Arrival[r]) {
		return
	}
	for _, agg := range s.aggs {
		agg.Grow(s.table.Size())
		agg.Free([]int32{g})
	}
	l.begin()
	l.anew = true
	out.Count(paned.CounterExpired, 1)
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
	c := change{row: r, cause: r, group: g, anew: p.State.live.groups[g].takeAnew(), start: p.Start, end: p.End}
	switch {
	case u.a.Windowed():
		c.time, c.arrival = p.End-1, min(b.Arrival[r], p.End-1)
	case b.Time != nil:
		c.time, c.arrival = b.Time[r], p.State.live.groups[g].arrival
	}
	return c
}

func (u *updates) onWatermark(w operators.Watermark, out operators.Output) error {
	if u.ticks.Every > 0 {
		u.ticks.Advance(w.Time, -1, out)
	}
	for _, p := range u.a.Panes.Due(w.Time) {
		if u.ticks.Every > 0 {
			u.ticks.Closed(p, out)
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
		away, err := s.spill.Away(u.a.Ctx.Mine, func(at int64) bool { return u.isOld(&shown{time: at}, watermark) })
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
