package race

import (
	"cmp"
	"maps"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// pending is what readers have seen of the groups that have changed since the Field was
// last shown, where it is shown at ticks. A row of it that is no longer in the race is
// held until then, to be taken back.
type pending map[int32][]*Item

// Collect applies rows of a batch as Follow does, and leaves what changes to Show.
func (f *Field) Collect(b *operators.Batch, rows, groups []int32, codes Codes, out operators.Output) {
	if f.pending == nil {
		f.pending = pending{}
	}
	_, left := f.Follow(b, rows, groups, codes, out)
	f.Drop(left)
}

// Changed reports that there may be something to show.
func (f *Field) Changed() bool { return len(f.pending) > 0 }

// hold notes what is shown of a group before its first change.
func (f *Field) hold(g int32) {
	if _, held := f.pending[g]; !held {
		f.pending[g] = f.shown(nil, g)
	}
}

// leave says whether a row that is taken out of the race can be forgotten: nobody has seen it.
func (f *Field) leave(it *Item) bool {
	it.Gone = slices.Contains(f.pending[it.group], it)
	return !it.Gone
}

// Show returns what has changed since it was last called: deletes, then updates, then
// inserts, each by group. Call Shown once the changes have been copied out.
func (f *Field) Show() []kept.Change {
	var changes []kept.Change
	put := func(op operators.Op, it *Item, rank int64) {
		changes = append(changes, kept.Change{Entry: &it.Entry, Op: op, Rank: rank})
	}
	for _, g := range f.changed() {
		f.rules.Compare(f.pending[g], f.shown(nil, g), put)
	}
	slices.SortStableFunc(changes, func(a, b kept.Change) int { return cmp.Compare(rank(a.Op), rank(b.Op)) })
	return changes
}

// changed are the groups that have changed, in order.
func (f *Field) changed() []int32 {
	groups := slices.Sorted(maps.Keys(f.pending))
	f.Table.Sort(groups)
	return groups
}

// Shown forgets what was only held to be taken back, and the groups without rows.
func (f *Field) Shown() {
	var empty []int32
	changed := f.changed()
	f.Keyed.Changed(changed)
	for _, g := range changed {
		for _, it := range f.pending[g] {
			if it.Gone {
				f.dropItem(it)
			}
		}
		if len(f.lists[g]) == 0 {
			empty = append(empty, g)
		}
	}
	clear(f.pending)
	f.Remove(empty, f.drop)
}

// savePending writes what readers have seen of the groups that have changed; those rows
// that are in the race by their places. It returns the rows that are not.
func (f *Field) savePending(w *wire.Writer, groups []int32, entries []*kept.Entry) []*kept.Entry {
	for _, g := range groups {
		seen, changed := f.pending[g]
		if w.Bool(changed); !changed {
			continue
		}
		w.Uint(uint64(len(seen)))
		for _, it := range seen {
			at := slices.Index(f.lists[g], it)
			w.Int(int64(at))
			if at < 0 {
				it.save(w)
				entries = append(entries, &it.Entry)
			}
		}
	}
	return entries
}

func (f *Field) loadPending(r *wire.Reader, groups []int32, entries []*kept.Entry) []*kept.Entry {
	for _, g := range groups {
		if !r.Bool() {
			continue
		}
		seen := make([]*Item, r.Len())
		for i := range seen {
			at := r.Int()
			if at >= 0 && at < int64(len(f.lists[g])) {
				seen[i] = f.lists[g][at]
				continue
			}
			seen[i] = f.loadItem(r, g)
			seen[i].Gone = true
			entries = append(entries, &seen[i].Entry)
		}
		if f.pending == nil {
			f.pending = pending{}
		}
		f.pending[g] = seen
	}
	return entries
}
