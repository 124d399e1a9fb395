package window

import (
	"bytes"
	"cmp"
	"container/heap"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Pane is an open window with what an operator keeps for it.
type Pane[S any] struct {
	Start, End int64
	State      S

	rows    []int32 // of the batch being split
	touched bool
	number  int64 // windows are opened in this order
}

// Panes is the open windows of an operator that works within windows.
type Panes[S any] struct {
	lateness int64
	open     map[span]*Pane[S]
	ends     endHeap // of the open windows
	opened   int64
	touched  []*Pane[S]
	spare    [][]int32 // rows of panes that are not being split
	make     func() S
	// Opened, where it is set, is told of each window that is opened.
	Opened func(pane *Pane[S])
}

// NewPanes returns no open windows; make makes the state of a new one.
func NewPanes[S any](lateness int64, make func() S) *Panes[S] {
	return &Panes[S]{lateness: lateness, open: map[span]*Pane[S]{}, make: make}
}

// Settled is the instant after which a window that ends at end takes no more rows.
func (p *Panes[S]) Settled(end int64) int64 {
	if end > math.MaxInt64-p.lateness {
		return math.MaxInt64
	}
	return end + p.lateness
}

// Lateness is how long windows stay open after their end.
func (p *Panes[S]) Lateness() int64 { return p.lateness }

// Split calls f for each window that rows of sel (nil for all) are in, with those
// rows in ascending order; nil stands for all rows of the batch. start and end are
// the places of the window's columns.
func (p *Panes[S]) Split(b *operators.Batch, sel []int32, start, end int, f func(pane *Pane[S], rows []int32)) {
	starts, ends := kernel.Values[int64](b.Cols[start]), kernel.Values[int64](b.Cols[end])
	n := b.Rows
	if sel != nil {
		n = len(sel)
	}
	if n == 0 {
		return
	}
	row := func(i int) int {
		if sel != nil {
			return int(sel[i])
		}
		return i
	}
	one := span{start: starts[row(0)], end: ends[row(0)]}
	if allIn(one, starts, ends, sel) {
		f(p.pane(one), sel)
		return
	}
	p.touched = p.touched[:0]
	current := p.pane(one)
	for i := 0; i < n; {
		r := row(i)
		if s := (span{start: starts[r], end: ends[r]}); s.start != current.Start || s.end != current.End {
			current = p.pane(s)
		}
		if !current.touched {
			current.touched, current.rows = true, p.room()
			p.touched = append(p.touched, current)
		}
		from := i
		for ; i < n; i++ { // rows of a window mostly stand together
			if r = row(i); starts[r] != current.Start || ends[r] != current.End {
				break
			}
		}
		if sel != nil {
			current.rows = append(current.rows, sel[from:i]...)
			continue
		}
		for r := from; r < i; r++ {
			current.rows = append(current.rows, int32(r))
		}
	}
	for _, pane := range p.touched {
		f(pane, pane.rows)
		p.spare = append(p.spare, pane.rows)
		pane.touched, pane.rows = false, nil
	}
}

// room is for the rows of a pane, without any: new windows take that of old ones.
func (p *Panes[S]) room() []int32 {
	last := len(p.spare) - 1
	if last < 0 {
		return nil
	}
	rows := p.spare[last]
	p.spare = p.spare[:last]
	return rows[:0]
}

// alike reports that all values are the same, which they are where each is as the next one.
func alike(values []int64) bool {
	b := arrow.Int64Traits.CastToBytes(values)
	return bytes.Equal(b[arrow.Int64SizeBytes:], b[:len(b)-arrow.Int64SizeBytes])
}

// allIn reports that all rows are in the window that the first is in.
func allIn(one span, starts, ends []int64, sel []int32) bool {
	if sel == nil {
		return alike(starts) && alike(ends) // the first row is in it
	}
	for _, i := range sel {
		if starts[i] != one.start || ends[i] != one.end {
			return false
		}
	}
	return true
}

func (p *Panes[S]) pane(s span) *Pane[S] {
	pane := p.open[s]
	if pane == nil {
		pane = &Pane[S]{Start: s.start, End: s.end, State: p.make(), number: p.opened}
		p.opened++
		p.open[s] = pane
		heap.Push(&p.ends, s)
		if p.Opened != nil {
			p.Opened(pane)
		}
	}
	return pane
}

// Alone is a pane that is none of the open windows.
func (p *Panes[S]) Alone() *Pane[S] { return &Pane[S]{State: p.make()} }

// Reopen is the state of a window, for Restore.
func (p *Panes[S]) Reopen(start, end int64) S { return p.pane(span{start: start, end: end}).State }

// Forget closes a window without a result.
func (p *Panes[S]) Forget(start, end int64) { delete(p.open, span{start: start, end: end}) }

// Each calls f for the open windows, in no order.
func (p *Panes[S]) Each(f func(pane *Pane[S])) {
	for _, pane := range p.open {
		f(pane)
	}
}

// Open lists the open windows by (end, start).
func (p *Panes[S]) Open() []*Pane[S] {
	list := make([]*Pane[S], 0, len(p.open))
	for _, pane := range p.open {
		list = append(list, pane)
	}
	slices.SortFunc(list, func(a, b *Pane[S]) int {
		return cmp.Or(cmp.Compare(a.End, b.End), cmp.Compare(a.Start, b.Start))
	})
	return list
}

// Due closes the windows that a watermark settles and returns them by (end, start).
func (p *Panes[S]) Due(watermark int64) []*Pane[S] {
	var list []*Pane[S]
	for len(p.ends) > 0 && p.Settled(p.ends[0].end) <= watermark {
		s := heap.Pop(&p.ends).(span)
		if pane := p.open[s]; pane != nil { // else it was forgotten
			list = append(list, pane)
			delete(p.open, s)
		}
	}
	return list
}

// All closes all windows and returns them in the order they were opened.
func (p *Panes[S]) All() []*Pane[S] {
	list := make([]*Pane[S], 0, len(p.open))
	for _, pane := range p.open {
		list = append(list, pane)
	}
	slices.SortFunc(list, func(a, b *Pane[S]) int { return cmp.Compare(a.number, b.number) })
	clear(p.open)
	p.ends = p.ends[:0]
	return list
}

// endHeap has the window that ends first in front.
type endHeap []span

func (h endHeap) Len() int { return len(h) }

func (h endHeap) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].end, h[j].end), cmp.Compare(h[i].start, h[j].start)) < 0
}

func (h endHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *endHeap) Push(x any) { *h = append(*h, x.(span)) }

// Pop implements heap.Interface.
func (h *endHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
