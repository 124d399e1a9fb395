package aggregate

import (
	"cmp"
	"container/heap"
	"errors"
	"maps"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/wire"
)

// hopping finds hopping windows (SEMANTICS 20). Rows that are in the same windows are
// a pane: each row counts once, in its pane, and a window that closes puts its panes
// together. Where an aggregate cannot do so every window is a pane of its own, and rows
// count once in each, without being copied for it.
type hopping struct {
	a       *Aggregate
	hops    *window.Hops
	merges  bool
	piece   int // pieceBytes
	panes   map[reach]*pane
	begun   map[window.Bounds]bool
	due     boundsHeap
	touched []*pane
	parts   []*pane         // of the window that closes
	windows []window.Bounds // of the row at hand
	current []*pane         // of the row at hand
	from    []int32         // groups of a pane
	to      []int32         // and of the window they go to
	// The answer in current holds for times from lower to below upper, of rows that came
	// before a watermark.
	lower, upper, before int64
}

// reach is the windows of a pane: from the one that begins first to the last.
type reach struct{ first, last int64 }

func (r reach) compare(o reach) int {
	return cmp.Or(cmp.Compare(r.first, o.first), cmp.Compare(r.last, o.last))
}

// pane is the groups of rows that are in the same windows.
type pane struct {
	reach
	*state
	selected []int32 // rows of the batch at hand
	touched  bool
}

func newHopping(a *Aggregate) (*hopping, error) {
	hops, err := window.NewHops(a.spec.Find)
	h := &hopping{a: a, hops: hops, merges: true, piece: pieceBytes, panes: map[reach]*pane{}, begun: map[window.Bounds]bool{}}
	for _, c := range a.calls {
		m, ok := c.new().(fold.Merging)
		h.merges = h.merges && ok && m.CanMerge()
	}
	return h, err
}

func (h *hopping) open(*operators.Context) {}

func (h *hopping) process(b *operators.Batch, out operators.Output) error {
	if b.Time == nil || b.Arrival == nil {
		return errors.New("aggregate: hopping windows of rows without time")
	}
	in := h.a.read(b, out)
	defer in.release()
	h.a.room(b.Rows)
	if h.single(b, in.sel) {
		for _, p := range h.current {
			if err := h.add(p, b, in, in.sel, out); err != nil {
				return err
			}
		}
		return nil
	}
	h.touched = h.touched[:0]
	part := operators.Batch{Rows: b.Rows, Sel: in.sel}
	part.Each(func(i int) {
		h.find(b.Time[i], b.Arrival[i])
		for _, p := range h.current {
			if !p.touched {
				p.touched, p.selected = true, p.selected[:0]
				h.touched = append(h.touched, p)
			}
			p.selected = append(p.selected, int32(i))
		}
	})
	for _, p := range h.touched {
		p.touched = false
		if err := h.add(p, b, in, p.selected, out); err != nil {
			return err
		}
	}
	return nil
}

// single reports that all rows of a batch are in the same windows, as most batches of
// ordered input are; their panes are the current ones then.
func (h *hopping) single(b *operators.Batch, sel []int32) bool {
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	if part.Len() == 0 {
		h.current, h.upper = h.current[:0], h.lower
		return true
	}
	first := 0
	if sel != nil {
		first = int(sel[0])
	}
	h.find(b.Time[first], b.Arrival[first])
	if sel == nil {
		for i, t := range b.Time {
			if t < h.lower || t >= h.upper || b.Arrival[i] >= h.before {
				return false
			}
		}
		return true
	}
	for _, i := range sel {
		if t := b.Time[i]; t < h.lower || t >= h.upper || b.Arrival[i] >= h.before {
			return false
		}
	}
	return true
}

// find makes the panes of a row the current ones.
func (h *hopping) find(t, arrival int64) {
	if t >= h.lower && t < h.upper && arrival < h.before {
		return
	}
	h.lower, h.upper, h.before = h.hops.Same(t)
	h.windows = h.hops.Of(h.windows[:0], t, arrival)
	if arrival >= h.before {
		h.upper = h.lower // late for some of its windows: the next row may not be
	}
	h.current = h.current[:0]
	for _, w := range h.windows {
		h.begin(w)
		if !h.merges {
			h.current = append(h.current, h.pane(reach{w.Start, w.Start}))
		}
	}
	if n := len(h.windows); h.merges && n > 0 {
		h.current = append(h.current, h.pane(reach{h.windows[0].Start, h.windows[n-1].Start}))
	}
}

// begin opens a window.
func (h *hopping) begin(w window.Bounds) {
	if !h.begun[w] {
		h.begun[w] = true
		heap.Push(&h.due, w)
	}
}

func (h *hopping) pane(r reach) *pane {
	p := h.panes[r]
	if p == nil {
		p = &pane{reach: r, state: h.a.newState()}
		h.watch(p)
		h.panes[r] = p
	}
	return p
}

func (h *hopping) add(p *pane, b *operators.Batch, in *input, rows []int32, out operators.Output) error {
	h.a.note(p.table)
	p.table.Find(in.keys, in.n, rows, h.a.groups)
	if err := h.a.bring(p.state, in.n, rows); err != nil {
		return err
	}
	rows = h.a.count(p.state, b, in, rows, out)
	p.rows += count(in.n, rows)
	return nil
}

func (h *hopping) onWatermark(w operators.Watermark, out operators.Output) error {
	for len(h.due) > 0 && h.a.Panes.Settled(h.due[0].End) <= w.Time {
		b := heap.Pop(&h.due).(window.Bounds)
		delete(h.begun, b)
		if err := h.close(b, out); err != nil {
			return err
		}
		h.upper = h.lower // the panes at hand may be gone
	}
	return nil
}

// close emits the rows of a window. Panes that are in no later window are given up.
func (h *hopping) close(w window.Bounds, out operators.Output) error {
	parts := h.partsOf(w)
	switch {
	case len(parts) == 1 && parts[0].last == w.Start: // its groups are those of the pane
		delete(h.panes, parts[0].reach)
		return h.a.closeApart(&window.Pane[*state]{Start: w.Start, End: w.End, State: parts[0].state}, out)
	case slices.ContainsFunc(parts, isApart):
		if err := h.sendApart(w, parts, out); err != nil {
			return err
		}
	default:
		s := h.a.newState()
		for _, p := range parts {
			h.from = p.table.Groups(h.from[:0])
			h.merge(s, p.state, h.from)
		}
		h.a.close(&window.Pane[*state]{Start: w.Start, End: w.End, State: s}, out)
	}
	for _, p := range parts {
		if p.last == w.Start {
			delete(h.panes, p.reach)
			h.a.free(p.state)
		}
	}
	return nil
}

// partsOf are the panes of a window that closes, in their order.
func (h *hopping) partsOf(w window.Bounds) []*pane {
	parts := h.parts[:0]
	for r, p := range h.panes {
		if r.first <= w.Start && w.Start <= r.last {
			parts = append(parts, p)
		}
	}
	h.parts = parts
	slices.SortFunc(parts, func(x, y *pane) int { return x.compare(y.reach) })
	return parts
}

// merge adds groups of a pane to a window.
func (h *hopping) merge(s, from *state, groups []int32) {
	n := len(groups)
	if n == 0 {
		return
	}
	h.to = slices.Grow(h.to[:0], n)[:n]
	s.table.FindOf(from.table, groups, h.to)
	for i, agg := range s.aggs {
		agg.Grow(s.table.Size())
		from.aggs[i].Grow(from.table.Size())
		agg.(fold.Merging).MergeFrom(from.aggs[i], groups, h.to)
	}
}

func (h *hopping) states(f func(s *state)) {
	for _, p := range h.panes {
		f(p.state)
	}
}

func (h *hopping) held() (n int64) {
	h.states(func(s *state) { n += s.rows })
	return n
}

func (h *hopping) release() {}

func (h *hopping) save(w *wire.Writer) error {
	w.Uint(uint64(len(h.due)))
	for _, b := range h.due {
		w.Int(b.Start)
		w.Int(b.End)
	}
	panes := slices.SortedFunc(maps.Values(h.panes), func(x, y *pane) int { return x.compare(y.reach) })
	w.Uint(uint64(len(panes)))
	for _, p := range panes {
		w.Int(p.first)
		w.Int(p.last)
		if err := p.Save(w); err != nil {
			return err
		}
	}
	return nil
}

// load implements finder.
func (h *hopping) load(r *wire.Reader, mine operators.Mine) {
	for range r.Len() {
		h.begin(window.Bounds{Start: r.Int(), End: r.Int()})
	}
	for range r.Len() {
		p := h.pane(reach{r.Int(), r.Int()})
		p.Load(r, mine)
		if p.Empty() {
			delete(h.panes, p.reach)
		}
	}
}

// boundsHeap has the window that ends first in front.
type boundsHeap []window.Bounds

func (h boundsHeap) Len() int { return len(h) }

func (h boundsHeap) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].End, h[j].End), cmp.Compare(h[i].Start, h[j].Start)) < 0
}

func (h boundsHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *boundsHeap) Push(x any) { *h = append(*h, x.(window.Bounds)) }

// Pop implements heap.Interface.
func (h *boundsHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
