package wasm

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

// groupState is the state of a group: bytes of the module, or why it has none.
type groupState struct {
	bytes  []byte
	reason string
	shared bool // others have the bytes as well
}

// aggregator holds the states of groups.
type aggregator struct {
	a      *Aggregate
	groups []groupState
	empty  *groupState // that of a new group, once it was asked for
	marked bool
	undo   []changedState // since the mark
	seen   []int32        // scratch: how many rows each group has
	order  []int32
}

// changedState is what a group was before.
type changedState struct {
	group int32
	was   groupState
}

var (
	_ kernel.Refusing = (*aggregator)(nil)
	_ fold.Merging    = (*aggregator)(nil)
)

func (g *aggregator) Grow(n int) {
	for len(g.groups) < n {
		g.groups = append(g.groups, g.initial())
	}
}

// initial is the state of a group without rows.
func (g *aggregator) initial() groupState {
	if g.empty == nil {
		g.empty = &groupState{shared: true}
		c := &kernel.Call{Alloc: memory.DefaultAllocator, N: 1, Result: types.TBytes, OnFail: func(_ int, why string) { g.empty.reason = why }}
		c.OnTrap = func(_ int, _, why string) { g.empty.reason = why }
		arr := g.a.init.Kernel()(c)
		defer arr.Release()
		if g.empty.reason == "" {
			g.empty.bytes = vm.Value(types.TBytes, arr, 0).([]byte)
		}
	}
	return *g.empty
}

func (g *aggregator) Add(c *kernel.AggCall) { g.fold(c, g.a.add) }
func (g *aggregator) Sub(c *kernel.AggCall) { g.fold(c, g.a.sub) }

// Mark implements kernel.Refusing.
func (g *aggregator) Mark() { g.marked, g.undo = true, g.undo[:0] }

// Undo implements kernel.Refusing.
func (g *aggregator) Undo() {
	for i := len(g.undo) - 1; i >= 0; i-- {
		g.groups[g.undo[i].group] = g.undo[i].was
	}
	g.undo = g.undo[:0]
}

// put gives a group another state, which is copied. A group without one stays so.
func (g *aggregator) put(group int32, state []byte) {
	s := &g.groups[group]
	if s.reason != "" {
		return
	}
	if g.marked {
		g.undo = append(g.undo, changedState{group, *s})
	}
	if g.marked || s.shared || cap(s.bytes) < len(state) {
		*s = groupState{bytes: append(make([]byte, 0, len(state)), state...)}
		return
	}
	s.bytes = append(s.bytes[:0], state...)
}

// fold gives the rows of each group to the module, in their order.
func (g *aggregator) fold(c *kernel.AggCall, f *Function) {
	refuse := func(row int, code, reason string) {
		if c.OnFail != nil {
			c.OnFail(row, code, reason)
			return
		}
		if s := &g.groups[c.Groups[row]]; s.reason == "" {
			*s = groupState{reason: reason}
		}
	}
	order := g.byGroup(c, refuse)
	if len(order) == 0 {
		return
	}
	r := newFolding(f, &kernel.Call{Alloc: c.Alloc, N: c.N, Sel: order, Args: c.Args, Result: types.TBytes}, c.Groups)
	r.get, r.put, r.refuse = func(group int32) []byte { return g.groups[group].bytes }, g.put, refuse
	r.run()
}

// byGroup lists the rows so that those of a group stand side by side. Rows of groups
// that have no state are refused.
func (g *aggregator) byGroup(c *kernel.AggCall, refuse func(row int, code, reason string)) []int32 {
	for len(g.seen) < len(g.groups) {
		g.seen = append(g.seen, 0)
	}
	var touched []int32
	n := 0
	c.Each(func(row int) {
		group := c.Groups[row]
		if s := &g.groups[group]; s.reason != "" {
			refuse(row, CodeStart, s.reason)
			return
		}
		if g.seen[group]++; g.seen[group] == 1 {
			touched = append(touched, group)
		}
		n++
	})
	g.order = slices.Grow(g.order[:0], n)[:n]
	at := int32(0)
	for _, group := range touched {
		g.seen[group], at = at, at+g.seen[group]
	}
	c.Each(func(row int) {
		group := c.Groups[row]
		if g.groups[group].reason == "" {
			g.order[g.seen[group]] = int32(row)
			g.seen[group]++
		}
	})
	for _, group := range touched {
		g.seen[group] = 0
	}
	return g.order
}

func (g *aggregator) Result(alloc memory.Allocator, groups []int32, fail func(i int, reason string)) arrow.Array {
	states := make([]any, len(groups))
	sel := make([]int32, 0, len(groups))
	for i, group := range groups {
		s := g.groups[group]
		if s.reason != "" {
			fail(i, s.reason)
			states[i] = []byte{}
			continue
		}
		states[i], sel = s.bytes, append(sel, int32(i))
	}
	column := vm.FromValues(alloc, types.TBytes, states)
	defer column.Release()
	return g.a.final.Kernel()(&kernel.Call{
		Alloc: alloc, N: len(groups), Sel: sel, Args: []kernel.Vector{{Type: types.TBytes, Arr: column}}, Result: g.a.decl.Result,
		OnFail: fail, OnTrap: func(i int, _, reason string) { fail(i, reason) },
	})
}

func (g *aggregator) Free(groups []int32) {
	for _, group := range groups {
		g.groups[group] = g.initial()
	}
}
