package aggregate

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/operators/window"
)

// The groups of a window that are outside of memory are kept by the bounds of the window,
// then by their key, so that they are found in order when it closes and go at once then.

// watch lets the groups of a window that is opened leave memory.
func (a *Aggregate) watch(p *window.Pane[*state]) {
	a.shelve(p.State, append(binary(p.End), binary(p.Start)...))
}

// shelve lets the groups of a state leave memory, to keys that begin with a prefix.
func (a *Aggregate) shelve(s *state, prefix []byte) {
	s.part, s.asked = spill.NewPart(a.Ctx.Shelf, prefix), a.turn
	if s.ticked = a.spec.EmitEvery > 0; s.ticked {
		s.spill = spill.New(s.table, s.part, &atTicks{onShelf{s}})
		return
	}
	s.spill = spill.New(s.table, s.part, &onShelf{s})
}

// bring brings the groups of rows back that were put away.
func (a *Aggregate) bring(s *state, n int, rows []int32) error {
	if s.spill == nil {
		return nil
	}
	s.asked = a.turn
	return s.spill.Found(n, rows, a.groups)
}

// closeApart emits the rows of a window, of which groups may be outside of memory. It then
// leaves in several batches, so that there need not be room for all of them.
func (a *Aggregate) closeApart(p *window.Pane[*state], out operators.Output) error {
	s := p.State
	if s.spill == nil || !s.spill.Apart() {
		a.close(p, out)
		return nil
	}
	err := s.spill.Drain(a.Ctx.Mine, a.Ctx.BatchRows, func(groups []int32) error {
		a.send(p, groups, out)
		return nil
	})
	a.free(s)
	return err
}

// leave ends what is known of the shelf by a state that is to be used for another window.
func (a *Aggregate) leave(s *state) {
	if s.part != nil && (s.part.Has() || s.spill.Apart()) {
		a.closed = append(a.closed, s.part.Prefix())
	}
	s.spill, s.part = nil, nil
}

// deleteClosed takes the groups of closed windows off the shelf. Other instances have
// closed them too: this is between two batches.
func (a *Aggregate) deleteClosed() error {
	for _, prefix := range a.closed {
		if err := a.Ctx.Shelf.DeletePrefix(prefix); err != nil {
			return &operators.ShelfError{Err: err}
		}
	}
	a.closed = nil
	return nil
}

// Holding implements operators.Spiller.
func (a *Aggregate) Holding() int64 {
	n := int64(0)
	a.eachApart(func(s *state) { n += s.spill.Holding() })
	if waits := a.waits(); waits != nil {
		n += waits.holding()
	}
	return n
}

func (a *Aggregate) eachApart(f func(s *state)) {
	if !a.shelves() {
		return
	}
	a.Panes.Each(func(p *window.Pane[*state]) { f(p.State) })
	if finds, ok := a.finds.(interface{ states(f func(s *state)) }); ok {
		finds.states(f)
	}
	if a.updates != nil && a.updates.alone != nil {
		f(a.updates.alone.State)
	}
}

// Shed implements operators.Spiller: rows that wait and groups keep the same part, and the groups
// of the windows go first that no row has come to for longest.
func (a *Aggregate) Shed(most int64) error {
	if a.Ctx.Shelf == nil {
		return nil
	}
	if a.Ctx.Shelf.Free() {
		if err := a.deleteClosed(); err != nil {
			return err
		}
	}
	if waits := a.waits(); waits != nil {
		part := float64(most) / float64(max(a.Holding(), 1))
		if err := waits.shed(int64(part * float64(waits.holding()))); err != nil {
			return err
		}
		most = max(most-waits.holding(), 0)
	}
	var states []*state
	over := -most
	a.eachApart(func(s *state) {
		states = append(states, s)
		over += s.spill.Holding()
	})
	slices.SortFunc(states, func(x, y *state) int {
		return cmp.Or(cmp.Compare(x.asked, y.asked), bytes.Compare(x.part.Prefix(), y.part.Prefix()))
	})
	for _, s := range states {
		if over <= 0 {
			break
		}
		held := s.spill.Holding()
		if err := s.spill.Shed(max(held-over, 0)); err != nil {
			return err
		}
		a.shrink(s)
		over -= held - s.spill.Holding()
	}
	return nil
}

// largeTable is the size from which a table without groups gives its memory back.
const largeTable = 4096

// shrink gives the memory of a window without groups back, which had room for many.
func (a *Aggregate) shrink(s *state) {
	if s.part == nil || s.spill.Len() > 0 || s.table.Size() < largeTable {
		return
	}
	fresh := a.makeState()
	s.table, s.aggs, s.live = fresh.table, fresh.aggs, fresh.live
	s.spill.Move(s.table)
}
