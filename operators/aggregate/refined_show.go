package aggregate

import (
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// refinedChange is what readers see of a group: before, and now.
type refinedChange struct {
	cause         int32 // row of the batch, -1 for a watermark
	progress      int64
	arrival       int64 // the largest of the rows of a window of rows
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

// firstEnd is the earlier of the ends that readers know of the window: the row that goes must not
// be late for what holds it.
func (c *refinedChange) firstEnd() int64 {
	if c.before != nil && c.after != nil {
		return min(c.before.end, c.after.end)
	}
	return c.row().end
}

// row is what is seen behind the change, or what was seen last.
func (c *refinedChange) row() *seen {
	if c.after != nil {
		return c.after
	}
	return c.before
}

// showAll appends the changes of windows since they were last shown.
func (f *refined) showAll(list []*refinedWindow, cause int32, progress int64, out operators.Output, changes []refinedChange) []refinedChange {
	from := len(changes)
	before := map[string]seen{} // by group and window
	name := func(key string, s *seen) string {
		return key + string(binary(f.nameOf(s)))
	}
	for _, s := range list {
		for _, g := range s.ghosts {
			before[name(g.key, &g.was)] = g.was
		}
		for key, was := range s.shown {
			before[name(key, &was)] = was
		}
		s.ghosts, s.changed = nil, false
	}
	for _, s := range list {
		now := f.current(s, before, name, out)
		s.shown = now
		for key, is := range now {
			is := is
			id := name(key, &is)
			was, had := before[id]
			delete(before, id)
			c := refinedChange{cause: cause, progress: progress, arrival: s.arrival, key: key, after: &is}
			switch {
			case had && !was.failed && !is.failed:
				if was.items == is.items && was.start == is.start && was.end == is.end {
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
			changes = append(changes, refinedChange{cause: cause, progress: progress, key: id[:len(id)-8], before: &was})
		}
	}
	slices.SortFunc(changes[from:], func(a, b refinedChange) int {
		x, y := a.row(), b.row()
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(x.end, y.end), cmp.Compare(x.start, y.start), cmp.Compare(a.key, b.key))
	})
	return changes
}

// nameOf is what a window is known by: its start or, of a window of rows, its number.
func (f *refined) nameOf(s *seen) int64 {
	if f.numbers() {
		return s.number
	}
	return s.start
}

// binary is a number as eight bytes that sort as it does.
func binary(v int64) []byte {
	u := uint64(v) ^ 1<<63
	return []byte{byte(u >> 56), byte(u >> 48), byte(u >> 40), byte(u >> 32), byte(u >> 24), byte(u >> 16), byte(u >> 8), byte(u)}
}

// current computes the rows of a session, by the key of their group.
func (f *refined) current(s *refinedWindow, before map[string]seen, name func(string, *seen) string, out operators.Output) map[string]seen {
	if f.picks != nil {
		return f.picks.current(f, s)
	}
	now := make(map[string]seen, len(s.groups))
	if len(s.groups) == 0 {
		return now
	}
	r := f.a.results(f.state, s.groups)
	defer releaseArrays(r.made)
	by, items := f.vectors(r.made)
	key, exact, item := keycode.Row(by, keycode.Key), keycode.Row(by, keycode.Exact), keycode.Row(items, keycode.Exact)
	for i := range s.groups {
		k := string(key(nil, i))
		is := seen{by: string(exact(nil, i)), start: s.start, end: s.end, number: s.nth}
		if r.failed != nil && r.failed[i] != nil {
			is.failed = true
			if was, had := before[name(k, &is)]; !had || !was.failed {
				out.FailGroup(s.end-1, r.failed[i].Code, r.failed[i].Reason, group.JSON(f.a.byCols, r.made[:len(f.a.by)], i))
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
