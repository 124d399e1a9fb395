package aggregate

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// flat is the groups of many small windows in one table: a group is known by the
// number of its window and by its `by` values. Windows that belong to a key hold few
// groups, for which tables of their own would be far larger than what is in them.
type flat struct {
	a *Aggregate
	*state
	windowOf []*numbered // by group
	next     int64
	// single says that a window has one group, which is found without its values.
	single bool
	fresh  []int32 // rows of windows without a group
	gone   []int32 // scratch
	// numbers is the memory of windows that are no more.
	numbers kept.Pool[numbered]
}

// numbered is a window with its groups.
type numbered struct {
	number int64
	groups []int32
	rows   int64
	bounds window.Bounds // once it is closed
	one    [1]int32      // room for the only group that most have
	picked contenders    // its rows, where rows are shown
}

func newFlat(a *Aggregate) *flat {
	return &flat{
		a: a, state: a.stateOf(append(a.byTypes[:len(a.byTypes):len(a.byTypes)], types.TLong)),
		single: slices.Contains([]string{ir.WindowSession, ir.WindowSliding, ir.WindowRows}, a.spec.Find.Kind) && len(a.by) == len(a.spec.Find.Per),
	}
}

// number makes a new window.
func (f *flat) number() *numbered {
	f.next++
	w := f.unnumbered()
	w.number = f.next
	return w
}

// unnumbered makes a window that no row counts in.
func (f *flat) unnumbered() *numbered {
	w := f.numbers.Take()
	groups := w.groups[:0]
	*w = numbered{}
	if w.groups = groups; cap(groups) == 0 {
		w.groups = w.one[:0]
	}
	return w
}

// reuse takes the memory of windows that were dropped, unless so many wait already.
func (f *flat) reuse(windows []*numbered, most int) {
	for _, w := range windows {
		*w = numbered{groups: few(w.groups)}
		f.numbers.GiveUpTo(most, w)
	}
}

// add gives rows of a batch, nil for all, to the groups of their windows, and returns
// those that are refused.
func (f *flat) add(in *input, rows []int32, windows []*numbered) []operators.Failure {
	part := operators.Batch{Rows: in.n, Sel: rows}
	if part.Len() == 0 {
		return nil
	}
	f.a.note(f.table)
	f.find(in, rows, windows)
	return f.count(in, rows, func(row int) *numbered { return windows[row] })
}

// count lets rows count, whose groups have been found since note, and returns those that
// are refused.
func (f *flat) count(in *input, rows []int32, windowOf func(row int) *numbered) []operators.Failure {
	failed := f.a.add(f.state, in, rows)
	if len(failed) > 0 {
		f.uncount(in, rows, failed, windowOf)
	}
	return failed
}

// uncount takes rows that are refused out of their windows.
func (f *flat) uncount(in *input, rows []int32, failed []operators.Failure, windowOf func(row int) *numbered) {
	for _, x := range failed {
		windowOf(x.Row).rows--
		f.rows--
	}
	gone := f.a.unmade(f.state, in, operators.Without(in.n, rows, failed))
	for _, g := range gone {
		w := f.windowOf[g]
		w.groups = slices.DeleteFunc(w.groups, func(x int32) bool { return x == g })
		f.windowOf[g] = nil
	}
	f.state.forget(gone)
}

// find sets the group of each row.
func (f *flat) find(in *input, rows []int32, windows []*numbered) {
	f.a.room(in.n)
	if f.single {
		if rows = f.known(in.n, rows, windows); len(rows) == 0 {
			return
		}
	}
	numbers, values := kernel.NewFixed[int64](f.a.Alloc, arrow.PrimitiveTypes.Int64, in.n)
	defer numbers.Release()
	for i, w := range windows {
		if w != nil {
			values[i] = w.number
		} else {
			values[i] = 0
		}
	}
	f.findIn(in, rows, numbers, func(row int) *numbered { return windows[row] })
}

// known sets the group of each row whose window has one, and returns the other rows.
func (f *flat) known(n int, rows []int32, windows []*numbered) []int32 {
	f.fresh = f.fresh[:0]
	part := operators.Batch{Rows: n, Sel: rows}
	part.Each(func(i int) {
		w := windows[i]
		if len(w.groups) == 0 {
			f.fresh = append(f.fresh, int32(i))
			return
		}
		f.a.groups[i] = w.groups[0]
		w.rows++
		f.rows++
	})
	return f.fresh
}

// findIn sets the group of each row by the number of its window.
func (f *flat) findIn(in *input, rows []int32, numbers arrow.Array, windowOf func(row int) *numbered) {
	keys := append(in.keys[:len(in.keys):len(in.keys)], kernel.Vector{Type: types.TLong, Arr: numbers})
	f.table.Find(keys, in.n, rows, f.a.groups)
	part := operators.Batch{Rows: in.n, Sel: rows}
	part.Each(func(i int) { f.taken(f.a.groups[i], windowOf(i)) })
}

// taken counts a row of a group of a window.
func (f *flat) taken(g int32, w *numbered) {
	w.rows++
	f.rows++
	f.put(g, w)
}

// put makes a group one of a window.
func (f *flat) put(g int32, w *numbered) {
	for len(f.windowOf) < f.table.Size() {
		f.windowOf = append(f.windowOf, nil)
	}
	if f.windowOf[g] == nil {
		f.windowOf[g] = w
		w.groups = append(w.groups, g)
	}
}

// restored is the group of a window whose `by` values have a code, for what is known of it to
// be read into.
func (f *flat) restored(code []byte, w *numbered) int32 {
	g := f.table.Numbered(code, w.number)
	for len(f.windowOf) < f.table.Size() {
		f.windowOf = append(f.windowOf, nil)
	}
	f.windowOf[g] = w
	w.groups = append(w.groups, g)
	return g
}

// drop forgets windows.
func (f *flat) drop(windows []*numbered) {
	groups := f.gone[:0]
	for _, w := range windows {
		groups = append(groups, w.groups...)
		f.rows -= w.rows
		for _, g := range w.groups {
			f.windowOf[g] = nil
		}
	}
	for _, agg := range f.aggs {
		agg.Grow(f.table.Size())
		agg.Free(groups)
	}
	f.table.Remove(groups)
	f.gone = groups
}

// copied gives a window what the aggregators know of another.
func (f *flat) copied(from, to *numbered) {
	n := len(from.groups)
	if n == 0 {
		return
	}
	keys := f.table.Keys(f.a.Alloc, from.groups)
	in := &input{n: n, keys: make([]kernel.Vector, len(f.a.by))}
	for i := range in.keys {
		in.keys[i] = kernel.Vector{Type: f.a.byTypes[i], Arr: keys[i]}
	}
	defer releaseArrays(keys)
	windows := make([]*numbered, n)
	for i := range windows {
		windows[i] = to
	}
	f.find(in, nil, windows)
	to.rows += from.rows - int64(n) // find has counted a row for each group
	f.rows += from.rows - int64(n)
	groups := f.a.groups[:n]
	for _, agg := range f.aggs {
		agg.Grow(f.table.Size())
		state, err := agg.Snapshot(from.groups)
		if err == nil {
			err = agg.Restore(groups, state)
		}
		if err != nil {
			panic("aggregate: a state cannot be copied: " + err.Error())
		}
	}
}

// emit sends the results of groups, each of its own window.
func (f *flat) emit(groups []int32, bounds func(g int32) window.Bounds, settled func(end int64) int64, out operators.Output) {
	if len(groups) > 0 {
		f.a.emitFound(f.a.results(f.state, groups), len(groups), func(i int) window.Bounds { return bounds(groups[i]) }, settled, out)
	}
}

// loadGroups reads groups and what the aggregators know of them; of tells the window
// of each, which must be read in the same order.
func (f *flat) loadGroups(r *wire.Reader, of func(r *wire.Reader) *numbered) {
	groups := f.table.Load(r)
	for len(f.windowOf) < f.table.Size() {
		f.windowOf = append(f.windowOf, nil)
	}
	for _, g := range groups {
		if w := of(r); w != nil {
			f.windowOf[g] = w
			w.groups = append(w.groups, g)
		}
	}
	f.loadAggs(r, groups, f.table.Size())
}
