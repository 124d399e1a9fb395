package aggregate

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// refined shows sessions before they are complete: after every row, or when the
// watermark crosses a tick (SEMANTICS 39, 40). A row out of order may join sessions,
// whose rows are then deleted for those of the session they become.
//
// It keeps the rows of open sessions that a late row may still come before: a session
// that gets a row before its last one, or the rows of another, is computed anew from
// them and from what the rows before them, whose place is settled, have come to.
type refined struct {
	flat
	rule   window.Rule
	every  int64 // 0 after every row
	clock  int64
	next   int64        // no session shows changes before
	keys   *group.Table // of `per`
	byKey  []*history
	active map[int32]bool // keys that have open sessions
	rows   *kept.Rows
	seq    int64
	// numbers is room for the number of the window of each row of a batch.
	numbers arrow.Array
	values  []int64
	single  [1]int32
	keyOf   []int32
}

// history is the open sessions of a key in order.
type history struct{ sessions []*refinedSession }

// refinedSession is an open session.
type refinedSession struct {
	*numbered
	start, last int64
	base        *numbered    // what settled rows have come to; nil where there are none
	baseLast    int64        // the time of the last of them
	rows        []sessionRow // the others, in order of time
	shown       map[string]seen
	// ghosts are what was shown of sessions that have become this one, not taken back yet.
	ghosts  []ghost
	changed bool // since it was last shown
}

type sessionRow struct {
	t, seq int64
	id     kept.ID
	counts bool // the row did not fail
}

// seen is the row of a group that readers have seen last.
type seen struct {
	by     string // its `by` values, exactly
	items  string
	start  int64
	end    int64
	failed bool // its error record has left, and no row is seen
}

type ghost struct {
	key string
	was seen
}

func newRefined(a *Aggregate) *refined {
	return &refined{
		flat: *newFlat(a), rule: window.NewRule(a.spec.Find), every: a.spec.EmitEvery.Microseconds(), clock: math.MinInt64, next: math.MaxInt64,
		keys: group.New(a.byTypes[:len(a.spec.Find.Per)]), active: map[int32]bool{},
	}
}

func (f *refined) open(ctx *operators.Context) { f.rows = kept.New(ctx) }

func (f *refined) process(b *operators.Batch, out operators.Output) error {
	if b.Time == nil || b.Arrival == nil {
		return errors.New("aggregate: sessions of rows without time")
	}
	in := f.a.read(b, out)
	defer in.release()
	f.keyOf = slices.Grow(f.keyOf[:0], b.Rows)[:b.Rows]
	part := operators.Batch{Rows: b.Rows, Sel: b.Sel}
	if part.Len() == 0 {
		return nil
	}
	f.keys.Find(in.keys[:len(f.a.spec.Find.Per)], b.Rows, b.Sel, f.keyOf)
	for len(f.byKey) < f.keys.Size() {
		f.byKey = append(f.byKey, &history{})
	}
	counts := make([]bool, b.Rows) // rows that did not fail; the others are in sessions as well
	ok := operators.Batch{Rows: b.Rows, Sel: in.sel}
	ok.Each(func(i int) { counts[i] = true })
	rows := make([]int32, 0, part.Len())
	part.Each(func(i int) { rows = append(rows, int32(i)) })
	f.numbers, f.values = kernel.NewFixed[int64](f.a.Alloc, arrow.PrimitiveTypes.Int64, b.Rows)
	defer f.numbers.Release()
	var changes []refinedChange
	for n, id := range f.rows.Add(b, rows) {
		i := int(rows[n])
		if f.every > 0 && b.Arrival[i] > f.clock {
			changes = f.advance(b.Arrival[i], out, changes)
		}
		f.seq++
		f.take(b.Time[i], in, i, sessionRow{t: b.Time[i], seq: f.seq, id: id, counts: counts[i]})
		h := f.byKey[f.keyOf[i]]
		if f.every == 0 {
			changes = f.showAll(changed(h), int32(i), b.Progress[i], out, changes)
			continue
		}
		for _, s := range changed(h) {
			f.next = min(f.next, f.nextTick(s))
		}
	}
	f.send(changes, f.every == 0, out)
	return nil
}

// changed are the sessions of a key that have changed since they were last shown.
func changed(h *history) []*refinedSession {
	var list []*refinedSession
	for _, s := range h.sessions {
		if s.changed {
			list = append(list, s)
		}
	}
	return list
}

// take puts a row into the sessions of its key.
func (f *refined) take(t int64, in *input, i int, row sessionRow) {
	key := f.keyOf[i]
	h := f.byKey[key]
	f.active[key] = true
	if n := len(h.sessions); n > 0 {
		if s := h.sessions[n-1]; t >= s.last && !f.rule.Splits(s.start, s.last, t) {
			s.last, s.rows, s.changed = t, append(s.rows, row), true
			f.one(in, i, s, row)
			return
		}
	}
	from := slices.IndexFunc(h.sessions, func(s *refinedSession) bool { return s.last > t-f.rule.Gap })
	if from < 0 {
		from = len(h.sessions)
	}
	old := h.sessions[from:]
	fresh := f.divide(old, row)
	for _, s := range fresh {
		if was := f.same(old, s); was != nil {
			*s = *was
			continue
		}
		f.rebuild(s)
		s.changed = true
	}
	f.replace(old, fresh)
	h.sessions = append(h.sessions[:from:from], fresh...)
}

// divide makes sessions of the rows of some and of a new row, which stands behind
// settled ones.
func (f *refined) divide(old []*refinedSession, row sessionRow) []*refinedSession {
	var rows []sessionRow
	for _, s := range old {
		rows = append(rows, s.rows...)
	}
	at, _ := slices.BinarySearchFunc(rows, row, func(x, y sessionRow) int { return cmp.Or(cmp.Compare(x.t, y.t), cmp.Compare(x.seq, y.seq)) })
	rows = slices.Insert(rows, at, row)
	var out []*refinedSession
	var s *refinedSession
	if len(old) > 0 && old[0].base != nil { // what is settled is settled in the first
		s = &refinedSession{start: old[0].start, last: old[0].baseLast, base: old[0].base, baseLast: old[0].baseLast}
		out = append(out, s)
	}
	for _, r := range rows {
		if s == nil || f.rule.Splits(s.start, s.last, r.t) {
			s = &refinedSession{start: r.t}
			out = append(out, s)
		}
		s.last = r.t
		s.rows = append(s.rows, r)
	}
	return out
}

// same finds the session that holds the same rows as another.
func (f *refined) same(old []*refinedSession, s *refinedSession) *refinedSession {
	for _, o := range old {
		if o.base != s.base || len(o.rows) != len(s.rows) {
			continue
		}
		if len(s.rows) == 0 || o.rows[0].seq == s.rows[0].seq && o.rows[len(o.rows)-1].seq == s.rows[len(s.rows)-1].seq {
			return o
		}
	}
	return nil
}

// replace drops the sessions that are no more; what was shown of them haunts the
// session that has taken their first row.
func (f *refined) replace(old, fresh []*refinedSession) {
	alive := map[*numbered]bool{}
	for _, s := range fresh {
		alive[s.numbered] = true
	}
	var windows []*numbered
	for _, o := range old {
		if alive[o.numbered] {
			continue
		}
		windows = append(windows, o.numbered)
		for _, s := range fresh {
			if s.start <= o.start && o.start <= s.last {
				s.ghosts = append(s.ghosts, o.ghosts...)
				for key, was := range o.shown {
					s.ghosts = append(s.ghosts, ghost{key: key, was: was})
				}
				break
			}
		}
	}
	f.drop(windows)
}

// one adds a row of the batch, the last of its session.
func (f *refined) one(in *input, i int, s *refinedSession, row sessionRow) {
	if !row.counts {
		return
	}
	f.a.room(in.n)
	f.values[i] = s.number
	f.single[0] = int32(i)
	f.findIn(in, f.single[:], f.numbers, func(int) *numbered { return s.numbered })
	f.a.add(f.state, in, f.single[:])
}

// rebuild computes a session from what is settled and from its rows in order of time.
func (f *refined) rebuild(s *refinedSession) {
	s.numbered = f.number()
	s.shown = map[string]seen{}
	if s.base != nil {
		f.copied(s.base, s.numbered)
	}
	f.addKept(s.rows, s.numbered)
}

// addKept adds kept rows to a window.
func (f *refined) addKept(rows []sessionRow, to *numbered) {
	var ids []kept.ID
	for _, r := range rows {
		if r.counts {
			ids = append(ids, r.id)
		}
	}
	if len(ids) == 0 {
		return
	}
	windows := make([]*numbered, len(ids))
	for i := range windows {
		windows[i] = to
	}
	b := f.rows.Take(ids)
	defer b.Release()
	in := f.a.read(b, nowhere{}) // none of them failed when it came
	defer in.release()
	f.add(in, nil, windows)
}

// settleRows lets rows that no other can come before any more count for good, where
// they are many.
func (f *refined) settleRows(s *refinedSession, complete int64) {
	n := 0
	for n < len(s.rows) && s.rows[n].t < complete {
		n++
	}
	if n < settleAt {
		return
	}
	if s.base == nil {
		s.base = f.number()
	}
	f.addKept(s.rows[:n], s.base)
	for _, r := range s.rows[:n] {
		f.rows.Drop(r.id)
	}
	s.baseLast, s.rows = s.rows[n-1].t, append([]sessionRow(nil), s.rows[n:]...)
}

// settleAt is from how many rows on it pays to let rows count for good.
const settleAt = 64

// refinedChange is what readers see of a group: before, and now.
type refinedChange struct {
	row           int32 // of the batch that caused it, -1 for a watermark
	progress      int64
	key           string
	before, after *seen
}

// rank puts the changes of one cause in order: deletes, update pairs, inserts.
func (c *refinedChange) rank() int {
	switch {
	case c.after == nil:
		return 0
	case c.before != nil:
		return 1
	}
	return 2
}

func (c *refinedChange) start() int64 {
	if c.after != nil {
		return c.after.start
	}
	return c.before.start
}

// showAll appends the changes of sessions since they were last shown.
func (f *refined) showAll(list []*refinedSession, row int32, progress int64, out operators.Output, changes []refinedChange) []refinedChange {
	from := len(changes)
	before := map[string]seen{} // by group and start
	name := func(key string, start int64) string {
		return key + string(binary(start))
	}
	for _, s := range list {
		for _, g := range s.ghosts {
			before[name(g.key, g.was.start)] = g.was
		}
		for key, was := range s.shown {
			before[name(key, was.start)] = was
		}
		s.ghosts, s.changed = nil, false
	}
	for _, s := range list {
		now := f.current(s, before, name, out)
		s.shown = now
		for key, is := range now {
			is := is
			id := name(key, is.start)
			was, had := before[id]
			delete(before, id)
			c := refinedChange{row: row, progress: progress, key: key, after: &is}
			switch {
			case had && !was.failed && !is.failed:
				if was.items == is.items && was.end == is.end {
					continue
				}
				c.before = &was
			case is.failed && had && !was.failed:
				c.before, c.after = &was, nil
			case is.failed:
				continue
			}
			changes = append(changes, c)
		}
	}
	for id, was := range before {
		if !was.failed {
			was := was
			changes = append(changes, refinedChange{row: row, progress: progress, key: id[:len(id)-8], before: &was})
		}
	}
	slices.SortFunc(changes[from:], func(a, b refinedChange) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.key, b.key), cmp.Compare(a.start(), b.start()))
	})
	return changes
}

// binary is a number as eight bytes that sort as it does.
func binary(v int64) []byte {
	u := uint64(v) ^ 1<<63
	return []byte{byte(u >> 56), byte(u >> 48), byte(u >> 40), byte(u >> 32), byte(u >> 24), byte(u >> 16), byte(u >> 8), byte(u)}
}

// current computes the rows of a session, by the key of their group.
func (f *refined) current(s *refinedSession, before map[string]seen, name func(string, int64) string, out operators.Output) map[string]seen {
	now := make(map[string]seen, len(s.groups))
	if len(s.groups) == 0 {
		return now
	}
	r := f.a.results(f.state, s.groups)
	defer releaseArrays(r.made)
	by, items := f.vectors(r.made)
	key, exact, item := keycode.Row(by, keycode.Key), keycode.Row(by, keycode.Exact), keycode.Row(items, keycode.Exact)
	end := f.rule.End(s.start, s.last)
	for i := range s.groups {
		k := string(key(nil, i))
		is := seen{by: string(exact(nil, i)), start: s.start, end: end}
		if r.failed != nil && r.failed[i] != nil {
			is.failed = true
			if was, had := before[name(k, s.start)]; !had || !was.failed {
				out.FailGroup(end-1, r.failed[i].Code, r.failed[i].Reason, group.JSON(f.a.byCols, r.made[:len(f.a.by)], i))
			}
		} else {
			is.items = string(item(nil, i))
		}
		now[k] = is
	}
	return now
}

func (f *refined) vectors(made []arrow.Array) (by, items []kernel.Vector) {
	for i, arr := range made {
		if i < len(f.a.by) {
			by = append(by, kernel.Vector{Type: f.a.byTypes[i], Arr: arr})
		} else {
			items = append(items, kernel.Vector{Type: f.a.spec.Items[i-len(f.a.by)].Expr.Type(), Arr: arr})
		}
	}
	return by, items
}
