package race

import (
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// atTicks is what is known of single groups of windows that show at an instant what has changed
// since they last did: until then a group that has stays in memory, also once a run goes on.
type atTicks struct{ contents }

// changedFirst is what stands first of groups that have changed, and unchanged of the others.
const changedFirst, unchanged = math.MinInt64, math.MaxInt64

// Pinned implements paned.Pinning.
func (c atTicks) Pinned(g int32) bool {
	_, changed := c.f.pending[g]
	return changed
}

// Put implements paned.Contents.
func (c atTicks) Put(w *wire.Writer, g int32) {
	seen, changed := c.f.pending[g]
	if !changed {
		w.Int(unchanged)
		c.contents.Put(w, g)
		return
	}
	w.Int(changedFirst)
	c.contents.Put(w, g)
	w.Uint(uint64(len(seen)))
	for _, it := range seen {
		at := slices.Index(c.f.lists[g], it)
		w.Int(int64(at))
		if at < 0 {
			w.Bytes(it.Order())
			w.Bytes(it.ID())
		}
	}
}

// Take implements paned.Contents.
func (c atTicks) Take(r *wire.Reader, g int32, row func(e *kept.Entry) []byte) {
	changed := r.Int() == changedFirst
	list := c.takeItems(r, g)
	var seen []*Item
	if changed {
		seen = make([]*Item, r.Len())
	}
	for i := range seen {
		if at := r.Int(); at >= 0 && at < int64(len(list)) {
			seen[i] = list[at]
			continue
		}
		seen[i] = c.takeItem(r, g)
		seen[i].Gone = true
	}
	c.takeRows(g, list, row)
	for _, it := range seen {
		if it.Gone {
			it.code = append(it.code, row(&it.Entry)...)
		}
	}
	if !changed {
		return
	}
	if c.f.pending == nil {
		c.f.pending = pending{}
	}
	c.f.pending[g] = seen
}

// Entries implements paned.Contents.
func (c atTicks) Entries(dst []*kept.Entry, g int32) []*kept.Entry {
	dst = c.contents.Entries(dst, g)
	for _, it := range c.f.pending[g] {
		if it.Gone {
			dst = append(dst, &it.Entry)
		}
	}
	return dst
}

// resumeChanged brings the groups back that have something to show.
func (f *Field) resumeChanged(mine operators.Mine) error {
	if !f.ticked {
		return nil
	}
	return f.BringBefore(mine, changedFirst+1)
}
