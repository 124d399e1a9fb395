package aggregate

import (
	"cmp"
	"errors"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
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
	late    []int32
	keyOf   []int32
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

func newSliding(a *Aggregate) *sliding {
	s := &sliding{
		a: a, size: a.spec.Find.Size.Micros, state: a.stateOf(a.byTypes), sweep: operators.MinTime,
		keys: group.New(a.byTypes[:len(a.spec.Find.Per)]),
	}
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
	s.waiting = ordered.NewBy(ctx, func(b *operators.Batch, row int) int64 { return b.Time[row] })
	s.rows = kept.New(ctx)
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

func (s *sliding) onWatermark(w operators.Watermark, out operators.Output) {
	due := s.waiting.Due(w.Time)
	defer due.Release()
	for _, b := range due.Inputs {
		s.slide(b, out)
	}
	if !w.End && w.Time != operators.MinTime && w.Time >= s.sweep {
		s.sweep = w.Time + s.size/8 + 1
		s.forget(w.Time)
	}
}

// step is one window: a key at one time. Its rows are those of the key from `from` to
// `to`; those from `left` on leave it, those from `came` on come into it.
type step struct {
	key                  int32
	end                  int64
	left, from, came, to int
}

// slide works through rows in order of time.
func (s *sliding) slide(b *operators.Batch, out operators.Output) {
	in := s.a.read(b, out)
	defer in.release()
	s.keyOf = slices.Grow(s.keyOf[:0], b.Rows)[:b.Rows]
	s.keys.Find(in.keys[:len(s.a.spec.Find.Per)], b.Rows, nil, s.keyOf)
	for len(s.byKey) < s.keys.Size() {
		s.byKey = append(s.byKey, &slide{})
	}
	s.a.room(b.Rows)
	groups := slices.Clone(s.a.groups)
	if part := (operators.Batch{Rows: b.Rows, Sel: in.sel}); part.Len() > 0 {
		s.state.table.Find(in.keys, b.Rows, in.sel, groups)
	}
	for len(s.inGroup) < s.state.table.Size() {
		s.inGroup = append(s.inGroup, 0)
	}
	rounds, left := s.plan(b, in, groups)
	old, oldRow := s.evaluate(left, out)
	m := &moved{s: s}
	for _, steps := range rounds {
		s.move(steps, b, in, groups, old, oldRow, out)
		s.results(steps, in, groups, m, out)
	}
	if old != nil {
		old.release()
	}
	m.send(out)
	s.keep(b, left)
}

// plan deals rows out into rounds in which each key ends one window at most, and says
// which kept rows leave on the way.
func (s *sliding) plan(b *operators.Batch, in *input, groups []int32) (rounds [][]step, left []kept.ID) {
	ok := make([]bool, b.Rows)
	part := operators.Batch{Rows: b.Rows, Sel: in.sel}
	part.Each(func(i int) { ok[i] = true })
	type turn struct{ round, at int }
	turns := map[int32]turn{}
	for i := range b.Rows {
		key, t := s.keyOf[i], b.Time[i]
		k := s.byKey[key]
		at, seen := turns[key]
		if !seen || rounds[at.round][at.at].end != t {
			if seen {
				at.round++
			}
			if at.round == len(rounds) {
				rounds = append(rounds, nil)
			}
			at.at = len(rounds[at.round])
			turns[key] = at
			st := step{key: key, end: t, left: k.from, came: len(k.rows), to: len(k.rows)}
			for k.from < len(k.rows) && k.rows[k.from].t <= t-s.size {
				if k.rows[k.from].row < 0 {
					left = append(left, k.rows[k.from].id)
				}
				k.from++
			}
			st.from = k.from
			rounds[at.round] = append(rounds[at.round], st)
		}
		if ok[i] {
			k.rows = append(k.rows, slid{t: t, group: groups[i], row: int32(i)})
			rounds[at.round][at.at].to++
		}
	}
	return rounds, left
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

// evaluate takes kept rows out to be taken back. They did not fail when they came.
func (s *sliding) evaluate(ids []kept.ID, out operators.Output) (*evaluated, map[kept.ID]int32) {
	if len(ids) == 0 {
		return nil, nil
	}
	b := s.rows.Take(ids)
	at := make(map[kept.ID]int32, len(ids))
	for i, id := range ids {
		at[id] = int32(i)
	}
	return &evaluated{batch: b, in: s.a.read(b, out)}, at
}

// move takes back what leaves the windows of a round and adds what comes.
func (s *sliding) move(steps []step, b *operators.Batch, in *input, groups []int32, old *evaluated, oldRow map[kept.ID]int32, out operators.Output) {
	var adds, backs, backsOld, oldGroups []int32
	come := map[int32]*slid{}
	if old != nil {
		oldGroups = make([]int32, old.batch.Rows)
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
			row := oldRow[l.id]
			oldGroups[row] = l.group
			backsOld = append(backsOld, row)
		}
		for i := range k.rows[st.came:st.to] {
			l := &k.rows[st.came+i]
			if s.inGroup[l.group] == 0 && !slices.Contains(k.groups, l.group) {
				k.groups = append(k.groups, l.group)
			}
			s.inGroup[l.group]++
			adds = append(adds, l.row)
			come[l.row] = l
		}
	}
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
		l := come[int32(x.Row)]
		l.refused = true
		s.inGroup[l.group]--
	}
	if len(failed) > 0 {
		out.Fail(b, failed)
	}
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

// results computes the windows that a round ends.
func (s *sliding) results(steps []step, in *input, groups []int32, m *moved, out operators.Output) {
	var list []int32
	end := map[int32]int64{}
	for _, st := range steps {
		for _, g := range s.byKey[st.key].groups {
			if s.inGroup[g] > 0 {
				list = append(list, g)
				end[g] = st.end
			}
		}
	}
	if len(list) == 0 {
		return
	}
	for _, st := range steps {
		s.computeAnew(s.anew, st, st.to, in, groups, out)
	}
	s.state.table.Sort(list)
	r := s.a.results(s.state, list)
	for i, g := range list {
		if r.failed != nil && r.failed[i] != nil {
			out.FailGroup(end[g]-1, r.failed[i].Code, r.failed[i].Reason, group.JSON(s.a.byCols, r.made[:len(s.a.by)], i))
			continue
		}
		m.at = append(m.at, place{round: int32(len(m.made)), row: int32(i), group: g, end: end[g]})
	}
	m.made, m.rows = append(m.made, r.made), append(m.rows, int32(len(list)))
}

// computeAnew gives calls that cannot take rows back the rows of a window, up to one.
func (s *sliding) computeAnew(calls []int, st step, to int, in *input, groups []int32, out operators.Output) {
	if len(calls) == 0 {
		return
	}
	k := s.byKey[st.key]
	var ids []kept.ID
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
		old, _ := s.evaluate(ids, out)
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
	touched := slices.Clone(s.keyOf)
	slices.Sort(touched)
	touched = slices.Compact(touched)
	var rows []int32
	var at []*slid
	for _, key := range touched {
		k := s.byKey[key]
		k.rows = slices.DeleteFunc(slices.Clone(k.rows[k.from:]), func(l slid) bool { return l.refused })
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
	var empty []int32
	for _, key := range touched {
		empty = s.emptied(s.byKey[key], empty)
	}
	s.dropGroups(empty)
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

// forget drops the keys that no later window needs. It looks at all of them once per
// eighth of the length of the windows.
func (s *sliding) forget(watermark int64) {
	var gone, empty []int32
	for _, key := range s.keys.Groups(nil) {
		k := s.byKey[key]
		if n := len(k.rows); n > 0 && k.rows[n-1].t > watermark-s.size {
			continue
		}
		for _, l := range k.rows {
			s.inGroup[l.group]--
			s.rows.Drop(l.id)
		}
		empty = s.emptied(k, empty)
		s.byKey[key] = &slide{}
		gone = append(gone, key)
	}
	s.dropGroups(empty)
	s.keys.Remove(gone)
}

func (s *sliding) held() int64 { return int64(s.waiting.Len()) }

func (s *sliding) release() {
	if s.waiting != nil {
		s.waiting.Release()
		s.rows.Release()
	}
}

// save writes the rows of the windows; what the aggregators know follows from them.
func (s *sliding) save(w *wire.Writer) error {
	if err := s.waiting.Save(w); err != nil {
		return err
	}
	var ids []kept.ID
	for _, key := range s.keys.Save(w) {
		for _, l := range s.byKey[key].rows {
			ids = append(ids, l.id)
		}
	}
	return s.rows.Save(w, ids)
}

// load reads the rows of windows and works through them as if they had just come.
func (s *sliding) load(r *wire.Reader, mine operators.Mine) {
	s.waiting.Load(r, func(_ int, b *operators.Batch) []int32 { return s.a.mineOf(b, mine) })
	group.New(s.a.byTypes[:len(s.a.spec.Find.Per)]).Load(r)
	rows := kept.New(s.a.Ctx)
	defer rows.Release()
	ids := rows.Load(r)
	if len(ids) == 0 || r.Err() != nil {
		return
	}
	all := rows.Take(ids)
	defer all.Release()
	mineRows := s.a.mineOf(all, mine)
	slices.SortStableFunc(mineRows, func(x, y int32) int { return cmp.Compare(all.Time[x], all.Time[y]) })
	b := operators.Gather(s.a.Alloc, all, mineRows)
	defer b.Release()
	s.slide(b, nowhere{})
}

// nowhere takes what has left already.
type nowhere struct{ operators.Output }

// Emit implements operators.Output.
func (nowhere) Emit(_ int, b *operators.Batch) { b.Release() }

// Fail implements operators.Output.
func (nowhere) Fail(*operators.Batch, []operators.Failure) {}

// FailGroup implements operators.Output.
func (nowhere) FailGroup(int64, string, string, string) {}
