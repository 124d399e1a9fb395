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
// It keeps the rows of open sessions: a session that gets a row before its last one, or
// the rows of another, is computed anew from them.
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
	keyOf  []int32
}

// history is the open sessions of a key in order.
type history struct{ sessions []*refinedSession }

// refinedSession is an open session.
type refinedSession struct {
	*numbered
	start, last int64
	rows        []sessionRow // in order of time
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
	from := slices.IndexFunc(h.sessions, func(s *refinedSession) bool { return s.last > t-f.rule.Gap })
	if from < 0 {
		from = len(h.sessions)
	}
	old := h.sessions[from:]
	fresh := f.divide(old, row)
	for _, s := range fresh {
		at := slices.IndexFunc(s.rows, func(r sessionRow) bool { return r.seq == row.seq })
		was := f.same(old, s, at)
		switch {
		case was != nil && at < 0:
			*s = *was
		case was != nil && at == len(s.rows)-1: // one row more
			was.start, was.last, was.rows, was.changed = s.start, s.last, s.rows, true
			*s = *was
			if row.counts {
				f.one(in, i, s)
			}
		default:
			f.rebuild(s)
			s.changed = true
		}
	}
	f.replace(old, fresh)
	h.sessions = append(h.sessions[:from:from], fresh...)
}

// divide makes sessions of the rows of some and of a new row.
func (f *refined) divide(old []*refinedSession, row sessionRow) []*refinedSession {
	var rows []sessionRow
	for _, s := range old {
		rows = append(rows, s.rows...)
	}
	at, _ := slices.BinarySearchFunc(rows, row, func(x, y sessionRow) int { return cmp.Or(cmp.Compare(x.t, y.t), cmp.Compare(x.seq, y.seq)) })
	rows = slices.Insert(rows, at, row)
	var out []*refinedSession
	var s *refinedSession
	for _, r := range rows {
		if s == nil || f.rule.Splits(s.start, s.last, r.t) {
			s = &refinedSession{numbered: nil, start: r.t}
			out = append(out, s)
		}
		s.last = r.t
		s.rows = append(s.rows, r)
	}
	return out
}

// same finds the session that holds the same rows as another, less the one at a place.
func (f *refined) same(old []*refinedSession, s *refinedSession, at int) *refinedSession {
	rest := s.rows
	if at >= 0 {
		rest = slices.Delete(slices.Clone(s.rows), at, at+1)
	}
	if len(rest) == 0 {
		return nil
	}
	for _, o := range old {
		if o.numbered != nil && len(o.rows) == len(rest) && o.rows[0].seq == rest[0].seq {
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
			if s.start <= o.rows[0].t && o.rows[0].t <= s.last {
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

// one adds a row of the batch to its session.
func (f *refined) one(in *input, i int, s *refinedSession) {
	windows := make([]*numbered, in.n)
	windows[i] = s.numbered
	f.add(in, []int32{int32(i)}, windows)
}

// rebuild computes a session from its rows, in order of time.
func (f *refined) rebuild(s *refinedSession) {
	s.numbered = f.number()
	s.shown = map[string]seen{}
	rows := slices.Clone(s.rows)
	if rows = slices.DeleteFunc(rows, func(r sessionRow) bool { return !r.counts }); len(rows) == 0 {
		return
	}
	ids := make([]kept.ID, len(rows))
	windows := make([]*numbered, len(rows))
	for i, r := range rows {
		ids[i], windows[i] = r.id, s.numbered
	}
	b := f.rows.Take(ids)
	defer b.Release()
	in := f.a.read(b, nowhere{}) // none of them failed when it came
	defer in.release()
	f.add(in, nil, windows)
}

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
