package aggregate

import (
	"errors"
	"slices"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

// sliding finds the windows of a sliding stage: each key has one for every distinct
// time of its rows, with the rows of the time before it (SEMANTICS 23). One state per
// group moves along: rows are added as they come and taken back as they leave. The
// aggregates that cannot take back are computed anew from the rows of the window.
type sliding struct {
	a       *Aggregate
	size    int64
	state   *state
	anew    []int // calls that are computed anew
	fresh   []int // the same, of those that may refuse rows
	waiting *ordered.Buffer
	keys    *group.Table // of `per`
	byKey   []*slide
	inGroup []int64 // how many rows of each group are in the window of its key
	rows    *kept.Rows
	sweep   int64
	moments *moments // nil where the windows of each round are computed for themselves
	room    slideRoom
	late    []int32
	keyOf   []int32
	in      []types.Column
	apart   *slidesApart // nil where keys stay in memory
}

// slide is the rows of a key that later windows may hold, in order of time.
type slide struct {
	rows   []slid
	from   int     // rows before it have left
	groups []int32 // that have had a row
}

// slid is a row. While its batch is worked on it is known by its place in it.
type slid struct {
	t     int64
	group int32
	row   int32 // in the batch, -1 when it is kept
	id    kept.ID
	// refused: it has a window, and counts in none. It is not kept.
	refused bool
}

func newSliding(a *Aggregate, in []types.Column) *sliding {
	s := &sliding{
		a: a, in: in, size: a.spec.Find.Size.Micros, state: a.stateOf(a.byTypes), sweep: operators.MinTime,
		keys: group.New(a.byTypes[:len(a.spec.Find.Per)]),
	}
	s.moments = newMoments(a, (*call).slides)
	for i, c := range a.calls {
		if !c.slides() && c.refuses {
			s.fresh = append(s.fresh, i)
		} else if !c.slides() {
			s.anew = append(s.anew, i)
		} else if r, ok := s.state.aggs[i].(fold.Retracting); ok {
			r.WillSub()
		}
	}
	return s
}

func (s *sliding) open(ctx *operators.Context) {
	s.waiting = ordered.NewByTime(ctx)
	s.rows = kept.New(ctx)
	if ctx.Shelf != nil && s.a.spec.Spills() {
		s.apart = newSlidesApart(s, s.in, ctx.Shelf)
	}
}

func (s *sliding) process(b *operators.Batch, out operators.Output) error {
	if b.Time == nil || b.Arrival == nil {
		return errors.New("aggregate: sliding windows of rows without time")
	}
	s.late = window.LateRows(b, 0, s.late)
	out.Late(b, s.late)
	s.waiting.Add(0, b, nil)
	return nil
}

func (s *sliding) onWatermark(w operators.Watermark, out operators.Output) error {
	err := s.waiting.Each(w.Time, func(_ int64, due *ordered.Due) error {
		defer due.Release()
		for _, b := range due.Inputs {
			if err := s.slide(b, out); err != nil {
				return err
			}
		}
		return s.apart.relieve()
	})
	if err != nil {
		return err
	}
	if !w.End && w.Time != operators.MinTime && w.Time >= s.sweep {
		s.sweep = w.Time + s.size/8 + 1
		s.forget(w.Time)
		return s.apart.forget(w.Time)
	}
	return nil
}

// grow makes room for keys.
func (s *sliding) grow(n int) {
	for len(s.byKey) < n {
		s.byKey = append(s.byKey, &slide{})
	}
}

// slide works through rows in order of time.
func (s *sliding) slide(b *operators.Batch, out operators.Output) error {
	in := s.a.read(b, out)
	defer in.release()
	s.keyOf = slices.Grow(s.keyOf[:0], b.Rows)[:b.Rows]
	s.keys.Find(in.keys[:len(s.a.spec.Find.Per)], b.Rows, nil, s.keyOf)
	s.grow(s.keys.Size())
	if err := s.apart.found(s.keyOf); err != nil {
		return err
	}
	s.a.room(b.Rows)
	groups := append(s.room.groups[:0], s.a.groups...)
	s.room.groups = groups
	s.findGroups(b, in, groups)
	rounds, left := s.plan(b, in, groups)
	old := s.evaluate(left, out)
	s.room.number(left)
	m := &moved{s: s, at: s.room.places[:0]}
	for _, steps := range rounds {
		s.move(steps, b, in, groups, old, out)
		s.results(steps, in, groups, m, out)
	}
	if s.moments != nil {
		s.atOnce(m, out)
	}
	if old != nil {
		old.release()
	}
	m.send(out)
	s.room.places = m.at
	s.keep(b, left)
	return nil
}

// findGroups sets the group of each row that did not fail.
func (s *sliding) findGroups(b *operators.Batch, in *input, groups []int32) {
	if part := (operators.Batch{Rows: b.Rows, Sel: in.sel}); part.Len() > 0 {
		s.state.table.Find(in.keys, b.Rows, in.sel, groups)
	}
	for len(s.inGroup) < s.state.table.Size() {
		s.inGroup = append(s.inGroup, 0)
	}
}

// enter counts a row of a group that comes into the window of its key.
func (s *sliding) enter(k *slide, group int32) {
	if s.inGroup[group] == 0 && !slices.Contains(k.groups, group) {
		k.groups = append(k.groups, group)
	}
	s.inGroup[group]++
}

// leave drops all rows of a key.
func (s *sliding) leave(k *slide) {
	for _, l := range k.rows {
		s.inGroup[l.group]--
		s.rows.Drop(l.id)
	}
}

// evaluated is kept rows with what the calls read of them.
type evaluated struct {
	batch *operators.Batch
	in    *input
}

func (e *evaluated) release() {
	e.in.release()
	e.batch.Release()
}

// evaluate takes kept rows out. They did not fail when they came.
func (s *sliding) evaluate(ids []kept.ID, out operators.Output) *evaluated {
	if len(ids) == 0 {
		return nil
	}
	b := s.rows.Take(ids)
	return &evaluated{batch: b, in: s.a.read(b, out)}
}

// move takes back what leaves the windows of a round and adds what comes.
func (s *sliding) move(steps []step, b *operators.Batch, in *input, groups []int32, old *evaluated, out operators.Output) {
	room := &s.room
	adds, backs, backsOld, oldGroups := room.move[0][:0], room.move[1][:0], room.move[2][:0], room.move[3][:0]
	if old != nil {
		oldGroups = slices.Grow(oldGroups, old.batch.Rows)[:old.batch.Rows]
	}
	for _, st := range steps {
		k := s.byKey[st.key]
		for _, l := range k.rows[st.left:st.from] {
			if l.refused {
				continue
			}
			s.inGroup[l.group]--
			if l.row >= 0 {
				backs = append(backs, l.row)
				continue
			}
			row := room.oldRow[l.id]
			oldGroups[row] = l.group
			backsOld = append(backsOld, row)
		}
		for i := range k.rows[st.came:st.to] {
			l := &k.rows[st.came+i]
			s.enter(k, l.group)
			adds = append(adds, l.row)
		}
	}
	room.move = [4][]int32{adds, backs, backsOld, oldGroups}
	slices.Sort(adds)
	slices.Sort(backs)
	slices.Sort(backsOld)
	s.back(b, in, backs, groups, out)
	if old != nil {
		s.back(old.batch, old.in, backsOld, oldGroups, out)
	}
	if len(adds) == 0 {
		return
	}
	for _, st := range steps {
		s.computeAnew(s.fresh, st, st.came, in, groups, out)
	}
	failed := s.a.give(s.state, in, adds, groups, kernel.Aggregator.Add)
	for _, x := range failed {
		l := s.came(steps, int32(x.Row))
		l.refused = true
		s.inGroup[l.group]--
	}
	if len(failed) > 0 {
		out.Fail(b, failed)
	}
}

// came is a row of the batch that comes with one of the steps.
func (s *sliding) came(steps []step, row int32) *slid {
	for _, st := range steps {
		come := s.byKey[st.key].rows[st.came:st.to]
		if i := slices.IndexFunc(come, func(l slid) bool { return l.row == row }); i >= 0 {
			return &come[i]
		}
	}
	panic("aggregate: a row was refused that no window has")
}

// back takes rows of a batch back that leave their windows.
func (s *sliding) back(b *operators.Batch, in *input, rows, groups []int32, out operators.Output) {
	if len(rows) == 0 {
		return
	}
	t := &try{a: s.a, s: s.state, in: in, groups: groups, f: kernel.Aggregator.Sub, only: (*call).slides}
	if failed := t.give(rows); len(failed) > 0 {
		out.Fail(b, failed)
	}
}

// slides tells that rows can be taken back by their values. Where the result depends
// on their order they are known by numbers, which rows of a window do not have.
func (c *call) slides() bool { return c.retracts && !c.ordered }

// results computes the windows that a round ends, or keeps what is known of them for
// atOnce.
func (s *sliding) results(steps []step, in *input, groups []int32, m *moved, out operators.Output) {
	list := s.room.list[:0]
	for len(s.room.endOf) < len(s.inGroup) {
		s.room.endOf = append(s.room.endOf, 0)
	}
	for _, st := range steps {
		for _, g := range s.byKey[st.key].groups {
			if s.inGroup[g] > 0 {
				list = append(list, g)
				s.room.endOf[g] = st.end
			}
		}
	}
	s.room.list = list
	if len(list) == 0 {
		return
	}
	for _, st := range steps {
		s.computeAnew(s.anew, st, st.to, in, groups, out)
	}
	if s.moments != nil {
		first := s.moments.take(s.state, list)
		for i, g := range list {
			m.at = append(m.at, place{row: first + int32(i), group: g, end: s.room.endOf[g]})
		}
		return
	}
	s.state.table.Sort(list)
	from := len(m.at)
	for i, g := range list {
		m.at = append(m.at, place{round: int32(len(m.made)), row: int32(i), group: g, end: s.room.endOf[g]})
	}
	m.add(s.a.results(s.state, list), len(list), from, out)
}

// atOnce computes the windows of all rounds.
func (s *sliding) atOnce(m *moved, out operators.Output) {
	if len(m.at) == 0 {
		return
	}
	list := s.room.list[:0]
	for _, at := range m.at {
		list = append(list, at.group)
	}
	s.room.list = list
	m.add(s.a.resultsOf(s.state, s.moments.aggs, list, s.moments.all()), len(list), 0, out)
}

// computeAnew gives calls that cannot take rows back the rows of a window, up to one.
func (s *sliding) computeAnew(calls []int, st step, to int, in *input, groups []int32, out operators.Output) {
	if len(calls) == 0 {
		return
	}
	k := s.byKey[st.key]
	ids := s.room.inWindow[:0]
	var now, then []int32 // rows of the batch, and groups of the kept ones
	for _, l := range k.rows[st.from:to] {
		switch {
		case l.refused:
		case l.row >= 0:
			now = append(now, l.row)
		default:
			ids, then = append(ids, l.id), append(then, l.group)
		}
	}
	for _, i := range calls {
		s.state.aggs[i].Grow(s.state.table.Size())
		s.state.aggs[i].Free(k.groups)
	}
	if len(ids) > 0 {
		old := s.evaluate(ids, out)
		s.addAnew(calls, old.in, nil, then)
		old.release()
	}
	if len(now) > 0 {
		slices.Sort(now)
		s.addAnew(calls, in, now, groups)
	}
}

// addAnew adds rows that were taken when they came. A group that refuses one of them in
// this window has no result.
func (s *sliding) addAnew(calls []int, in *input, rows, groups []int32) {
	for _, i := range calls {
		c, ci := s.a.calls[i], &in.calls[i]
		s.state.aggs[i].Add(&kernel.AggCall{
			Alloc: s.a.Alloc, N: in.n, Rows: s.a.take(c, ci, in.n, rows), Groups: groups, Args: ci.args, Time: in.time,
		})
	}
}

// keep stores the rows of a batch that later windows hold, and forgets what has left.
func (s *sliding) keep(b *operators.Batch, left []kept.ID) {
	room := &s.room
	room.touched = append(room.touched[:0], s.keyOf...)
	slices.Sort(room.touched)
	room.touched = slices.Compact(room.touched)
	rows, at := room.rows[:0], room.at[:0]
	for _, key := range room.touched {
		k := s.byKey[key]
		k.rows = slices.DeleteFunc(k.rows[:copy(k.rows, k.rows[k.from:])], func(l slid) bool { return l.refused })
		k.from = 0
		for i := range k.rows {
			if k.rows[i].row >= 0 {
				rows, at = append(rows, k.rows[i].row), append(at, &k.rows[i])
			}
		}
	}
	for i, id := range s.rows.Add(b, rows) {
		at[i].id, at[i].row = id, -1
	}
	for _, id := range left {
		s.rows.Drop(id)
	}
	empty := room.empty[:0]
	for _, key := range room.touched {
		empty = s.emptied(s.byKey[key], empty)
	}
	s.dropGroups(empty)
	room.rows, room.at, room.empty = rows, at, empty
}

// emptied appends the groups of a key that have no rows left, and takes them out.
func (s *sliding) emptied(k *slide, empty []int32) []int32 {
	k.groups = slices.DeleteFunc(k.groups, func(g int32) bool {
		if s.inGroup[g] == 0 {
			empty = append(empty, g)
			return true
		}
		return false
	})
	return empty
}

func (s *sliding) dropGroups(groups []int32) {
	for _, agg := range s.state.aggs {
		agg.Grow(s.state.table.Size())
		agg.Free(groups)
	}
	s.state.table.Remove(groups)
}

// forget drops the keys in memory that no later window needs. It looks at all of them once per
// eighth of the length of the windows.
func (s *sliding) forget(watermark int64) {
	var gone, empty []int32
	s.room.touched = s.keys.Groups(s.room.touched[:0])
	for _, key := range s.room.touched {
		k := s.byKey[key]
		if n := len(k.rows); n > 0 && k.rows[n-1].t > watermark-s.size {
			continue
		}
		s.leave(k)
		empty = s.emptied(k, empty)
		*k = slide{rows: k.rows[:0], groups: k.groups}
		gone = append(gone, key)
	}
	s.dropGroups(empty)
	s.apart.removed(gone)
	s.keys.Remove(gone)
}
