package aggregate

import (
	"container/heap"
	"errors"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/wire"
)

// cumulative finds cumulative windows (SEMANTICS 21): those of one period share their
// start, so one state per period and group grows from end to end, instead of a row
// counting once in each window. A row counts from max(t, a - L) on: it is in the windows
// that end later, and late for the others. Its aggregates must not depend on the order
// of rows.
type cumulative struct {
	flat
	lateness int64
	steps    *window.Steps
	waiting  *ordered.Buffer
	byStart  map[int64]*period
	due      periodHeap
	in       []*numbered // by row of a batch
}

// period is the windows of one start.
type period struct {
	*numbered
	start, end int64
	next       int64 // the end of the window that leaves next
}

func newCumulative(a *Aggregate) (*cumulative, error) {
	steps, err := window.NewSteps(a.spec.Find)
	return &cumulative{flat: *newFlat(a), lateness: a.spec.Find.Lateness.Microseconds(), steps: steps, byStart: map[int64]*period{}}, err
}

// from is the instant from which a row counts.
func (c *cumulative) from(b *operators.Batch, row int) int64 {
	if b.Arrival[row] == operators.MinTime {
		return b.Time[row]
	}
	return max(b.Time[row], b.Arrival[row]-c.lateness)
}

func (c *cumulative) open(ctx *operators.Context) { c.waiting = ordered.NewBy(ctx, c.from) }

func (c *cumulative) process(b *operators.Batch, _ operators.Output) error {
	if b.Time == nil || b.Arrival == nil {
		return errors.New("aggregate: cumulative windows of rows without time")
	}
	c.waiting.Add(0, b, nil)
	return nil
}

func (c *cumulative) onWatermark(w operators.Watermark, out operators.Output) error {
	complete := window.Complete(w, c.lateness)
	due := c.waiting.Due(complete)
	for _, b := range due.Inputs {
		c.take(b, out)
	}
	due.Release()
	c.leave(complete, out)
	return nil
}

// take lets rows count, and windows leave that end before them.
func (c *cumulative) take(b *operators.Batch, out operators.Output) {
	in := c.a.read(b, out)
	defer in.release()
	c.in = slices.Grow(c.in[:0], b.Rows)[:b.Rows]
	clear(c.in)
	rows := make([]int32, 0, b.Rows)
	count := func() {
		if failed := c.add(in, rows, c.in); len(failed) > 0 {
			out.Fail(b, failed)
		}
		rows = rows[:0]
	}
	part := operators.Batch{Rows: b.Rows, Sel: in.sel}
	part.Each(func(i int) {
		at := c.from(b, i)
		if len(c.due) > 0 && c.due[0].next <= at {
			count()
			c.leave(at, out)
		}
		c.in[i] = c.periodOf(b.Time[i], at).numbered
		rows = append(rows, int32(i))
	})
	count()
}

// periodOf is the period of a row that counts from an instant.
func (c *cumulative) periodOf(t, at int64) *period {
	start, end := c.steps.Period(t)
	p := c.byStart[start]
	if p == nil {
		p = &period{numbered: &numbered{number: start}, start: start, end: end, next: start}
		for p.next <= at && p.next < end {
			p.next = c.steps.After(start, p.next)
		}
		c.put(p)
	}
	return p
}

func (c *cumulative) put(p *period) {
	c.byStart[p.start] = p
	heap.Push(&c.due, p)
}

// leave emits the windows that end at an instant or before.
func (c *cumulative) leave(until int64, out operators.Output) {
	for len(c.due) > 0 && c.due[0].next <= until {
		p := c.due[0]
		groups := slices.Clone(p.groups)
		c.table.Sort(groups)
		c.emit(groups, func(int32) window.Bounds { return window.Bounds{Start: p.start, End: p.next} }, c.a.Panes.Settled, out)
		if p.next >= p.end {
			heap.Pop(&c.due)
			delete(c.byStart, p.start)
			c.drop([]*numbered{p.numbered})
			continue
		}
		p.next = c.steps.After(p.start, p.next)
		heap.Fix(&c.due, 0)
	}
}

func (c *cumulative) held() int64 { return int64(c.waiting.Len()) + c.rows }

func (c *cumulative) release() {
	if c.waiting != nil {
		c.waiting.Release()
	}
}

func (c *cumulative) save(w *wire.Writer) error {
	if err := c.waiting.Save(w); err != nil {
		return err
	}
	w.Uint(uint64(len(c.due)))
	for _, p := range c.due {
		w.Int(p.start)
		w.Int(p.end)
		w.Int(p.next)
		w.Int(p.rows)
	}
	groups := c.table.Save(w)
	for _, g := range groups {
		w.Int(c.windowOf[g].number)
	}
	return c.saveAggs(w, groups, c.table.Size())
}

// load implements finder.
func (c *cumulative) load(r *wire.Reader, mine operators.Mine) {
	c.waiting.Load(r, func(_ int, b *operators.Batch) []int32 { return c.mineOf(b, mine) })
	for range r.Len() {
		p := &period{numbered: &numbered{}, start: r.Int(), end: r.Int(), next: r.Int()}
		p.number = p.start
		rows := r.Int()
		if c.byStart[p.start] == nil {
			c.put(p)
		}
		if mine == nil || mine(0) { // of all keys: one instance counts them
			c.byStart[p.start].rows += rows
			c.rows += rows
		}
	}
	known := map[int32]bool{}
	for _, g := range c.table.Groups(nil) {
		known[g] = true
	}
	c.loadGroups(r, func(r *wire.Reader) *numbered {
		if p := c.byStart[r.Int()]; p != nil {
			return p.numbered
		}
		r.Fail(errors.New("there is no such period"))
		return nil
	})
	c.leaveOthers(known, mine)
}

// leaveOthers forgets the groups of other instances among those that are new.
func (c *cumulative) leaveOthers(known map[int32]bool, mine operators.Mine) {
	if mine == nil || len(c.a.by) == 0 {
		return
	}
	fresh := slices.DeleteFunc(c.table.Groups(nil), func(g int32) bool { return known[g] })
	keys := c.table.Keys(c.a.Alloc, fresh)
	defer releaseArrays(keys)
	stay := mine.Rows(c.a.byTypes, keys[:len(c.a.by)], len(fresh))
	var gone []int32
	for i, g := range fresh {
		if len(stay) > 0 && stay[0] == int32(i) {
			stay = stay[1:]
			continue
		}
		w := c.windowOf[g]
		w.groups = slices.DeleteFunc(w.groups, func(x int32) bool { return x == g })
		c.windowOf[g] = nil
		gone = append(gone, g)
	}
	for _, agg := range c.aggs {
		agg.Free(gone)
	}
	c.table.Remove(gone)
}

// mineOf is the rows of a batch whose group is mine.
func (c *cumulative) mineOf(b *operators.Batch, mine operators.Mine) []int32 {
	rows := &operators.Rows{Alloc: c.a.Alloc, Batch: b, Sel: b.Sel}
	keys := rows.All(c.a.by)
	defer operators.ReleaseAll(keys)
	if len(keys) == 0 {
		mine = nil
	}
	return mine.Of(keys, b.Rows)
}

// periodHeap has the period in front whose window ends first.
type periodHeap []*period

func (h periodHeap) Len() int           { return len(h) }
func (h periodHeap) Less(i, j int) bool { return h[i].next < h[j].next }
func (h periodHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *periodHeap) Push(x any) { *h = append(*h, x.(*period)) }

// Pop implements heap.Interface.
func (h *periodHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
