package aggregate

import (
	"container/heap"
	"errors"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/operators/window"
)

// cumulative finds cumulative windows (SEMANTICS 21): those of one period share their
// start, so one state per period and group grows from end to end, instead of a row
// counting once in each window. A row counts from max(t, a - L) on: it is in the windows
// that end later, and late for the others. Its aggregates must not depend on the order
// of rows.
type cumulative struct {
	a        *Aggregate
	lateness int64
	steps    *window.Steps
	waiting  *ordered.Buffer
	byStart  map[int64]*period
	due      periodHeap
	touched  []*period // by the rows that are about to count
}

// period is the windows of one start.
type period struct {
	*state
	start, end int64
	next       int64   // the end of the window that leaves next
	selected   []int32 // rows that are about to count
}

func newCumulative(a *Aggregate) (*cumulative, error) {
	steps, err := window.NewSteps(a.spec.Find)
	return &cumulative{a: a, lateness: a.spec.Find.Lateness.Microseconds(), steps: steps, byStart: map[int64]*period{}}, err
}

// from is the instant from which a row counts.
func (c *cumulative) from(b *operators.Batch, row int) int64 {
	if b.Arrival[row] == operators.MinTime {
		return b.Time[row]
	}
	return max(b.Time[row], b.Arrival[row]-c.lateness)
}

func (c *cumulative) holding() int64 { return c.waiting.Holding() }

func (c *cumulative) shed(most int64) error { return c.waiting.Shed(most) }

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
	var wrong error
	err := c.waiting.Parts(complete, func(b *operators.Batch) {
		if wrong == nil {
			wrong = c.take(b, out)
		}
	})
	if err := errors.Join(wrong, err); err != nil {
		return err
	}
	return c.leave(complete, out)
}

// take lets rows count, and windows leave that end before them.
func (c *cumulative) take(b *operators.Batch, out operators.Output) error {
	in := c.a.read(b, out)
	defer in.release()
	c.a.room(b.Rows)
	part := operators.Batch{Rows: b.Rows, Sel: in.sel}
	var wrong error
	part.Each(func(i int) {
		at := c.from(b, i)
		if len(c.due) > 0 && c.due[0].next <= at && wrong == nil {
			wrong = errors.Join(c.count(b, in, out), c.leave(at, out))
		}
		p := c.periodOf(b.Time[i], at)
		if len(p.selected) == 0 {
			c.touched = append(c.touched, p)
		}
		p.selected = append(p.selected, int32(i))
	})
	return errors.Join(wrong, c.count(b, in, out))
}

// count lets the selected rows of periods count.
func (c *cumulative) count(b *operators.Batch, in *input, out operators.Output) error {
	var failed []operators.Failure
	for _, p := range c.touched {
		c.a.note(p.table)
		p.table.Find(in.keys, in.n, p.selected, c.a.groups)
		if err := c.a.bring(p.state, in.n, p.selected); err != nil {
			return err
		}
		refused := c.a.add(p.state, in, p.selected)
		if len(refused) > 0 {
			p.forget(c.a.unmade(p.state, in, operators.Without(in.n, p.selected, refused)))
			failed = append(failed, refused...)
		}
		p.rows += int64(len(p.selected) - len(refused))
		p.selected = p.selected[:0]
	}
	c.touched = c.touched[:0]
	if len(failed) > 0 {
		out.Fail(b, operators.InOrder(failed))
	}
	return nil
}

// periodOf is the period of a row that counts from an instant.
func (c *cumulative) periodOf(t, at int64) *period {
	start, end := c.steps.Period(t)
	if p := c.byStart[start]; p != nil {
		return p
	}
	next := start
	for next <= at && next < end {
		next = c.steps.After(start, next)
	}
	return c.begin(start, end, next)
}

// begin is a period without rows.
func (c *cumulative) begin(start, end, next int64) *period {
	p := &period{state: c.a.newState(), start: start, end: end, next: next}
	if c.a.shelves() {
		c.a.shelve(p.state, append(binary(p.end), binary(p.start)...))
	}
	c.byStart[start] = p
	heap.Push(&c.due, p)
	return p
}

// leave emits the windows that end at an instant or before.
func (c *cumulative) leave(until int64, out operators.Output) error {
	for len(c.due) > 0 && c.due[0].next <= until {
		p := c.due[0]
		if err := c.show(p, out); err != nil {
			return err
		}
		if p.next >= p.end {
			heap.Pop(&c.due)
			delete(c.byStart, p.start)
			c.a.free(p.state)
			continue
		}
		p.next = c.steps.After(p.start, p.next)
		heap.Fix(&c.due, 0)
	}
	return nil
}

// show emits the rows of the next window of a period, whose groups stay as they are.
func (c *cumulative) show(p *period, out operators.Output) error {
	w := &window.Pane[*state]{Start: p.start, End: p.next, State: p.state}
	if p.spill != nil && p.spill.Apart() {
		return p.spill.Visit(c.a.Ctx.Mine, c.a.Ctx.BatchRows, func(groups []int32) error {
			c.a.send(w, groups, out)
			return nil
		})
	}
	if groups := p.table.Groups(nil); len(groups) > 0 {
		c.a.send(w, groups, out)
	}
	return nil
}

func (c *cumulative) states(f func(s *state)) {
	for _, p := range c.byStart {
		f(p.state)
	}
}

func (c *cumulative) held() int64 {
	n := int64(c.waiting.Len())
	c.states(func(s *state) { n += s.rows })
	return n
}

func (c *cumulative) release() {
	if c.waiting != nil {
		c.waiting.Release()
	}
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
