package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Aggregate is an aggregate of a module. Its states are bytes that the host keeps, so
// that instances can be replaced, and states written down at barriers.
type Aggregate struct {
	decl                  *ir.WasmFunc
	init, add, sub, final *Function // sub is nil where rows cannot be taken back
}

// NewAggregate compiles an aggregate.
func NewAggregate(decl *ir.WasmFunc, data []byte, opt Options) (*Aggregate, error) {
	a := &Aggregate{decl: decl}
	state := []types.Field{{Name: "state", Type: types.TBytes}}
	row := append(append([]types.Field(nil), state...), decl.Params...)
	parts := []struct {
		to     **Function
		name   string
		params []types.Field
		result *types.Type
		folds  bool
	}{
		{&a.init, sig.WasmInit, nil, types.TBytes, false}, {&a.add, sig.WasmAccumulate, row, types.TBytes, true},
		{&a.final, sig.WasmFinish, state, decl.Result, false}, {&a.sub, sig.WasmRetract, row, types.TBytes, true},
	}
	for _, p := range parts {
		if p.to == &a.sub && !decl.Retracts {
			continue
		}
		part := *decl
		part.Export, part.Params, part.Result = decl.Export+p.name, p.params, p.result
		f, err := compile(&part, data, opt, p.folds)
		if err != nil {
			a.Close()
			return nil, err
		}
		*p.to = f
	}
	return a, nil
}

// Close frees the instances.
func (a *Aggregate) Close() {
	for _, f := range []*Function{a.init, a.add, a.sub, a.final} {
		if f != nil {
			f.Close()
		}
	}
}

// New makes an aggregator with no groups.
func (a *Aggregate) New([]*types.Type, []any, *types.Type) kernel.Aggregator {
	return &aggregator{a: a}
}

// groupState is the state of a group: bytes of the module, or why it has none.
type groupState struct {
	bytes  []byte
	reason string
}

// aggregator holds the states of groups.
type aggregator struct {
	a      *Aggregate
	groups []groupState
	empty  *groupState // that of a new group, once it was asked for
}

func (g *aggregator) Grow(n int) {
	for len(g.groups) < n {
		g.groups = append(g.groups, g.initial())
	}
}

// initial is the state of a group without rows.
func (g *aggregator) initial() groupState {
	if g.empty == nil {
		g.empty = &groupState{}
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

// fold gives the rows of each group to the module, in their order.
func (g *aggregator) fold(c *kernel.AggCall, f *Function) {
	rows := map[int32][]int32{}
	var order []int32
	c.Each(func(row int) {
		group := c.Groups[row]
		if rows[group] == nil {
			order = append(order, group)
		}
		rows[group] = append(rows[group], int32(row))
	})
	f.engine.begin()
	defer f.engine.end()
	for _, group := range order {
		s := &g.groups[group]
		if s.reason != "" {
			continue // a group that failed stays so
		}
		s.bytes, s.reason = f.fold(&kernel.Call{Alloc: c.Alloc, N: c.N, Sel: rows[group], Args: c.Args, Result: types.TBytes}, s.bytes)
	}
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

// Snapshot writes for each group two texts with their lengths: its state, and why it
// has none.
func (g *aggregator) Snapshot(groups []int32) ([]byte, error) {
	var out []byte
	for _, group := range groups {
		s := g.groups[group]
		for _, text := range [][]byte{s.bytes, []byte(s.reason)} {
			out = append(binary.AppendUvarint(out, uint64(len(text))), text...)
		}
	}
	return out, nil
}

func (g *aggregator) Restore(groups []int32, state []byte) error {
	next := func() ([]byte, error) {
		n, used := binary.Uvarint(state)
		if used <= 0 || n > uint64(len(state)-used) {
			return nil, errors.New("the state of a WASM aggregate is cut off")
		}
		text := append([]byte{}, state[used:used+int(n)]...)
		state = state[used+int(n):]
		return text, nil
	}
	for _, group := range groups {
		bytes, err := next()
		if err != nil {
			return err
		}
		reason, err := next()
		if err != nil {
			return err
		}
		g.groups[group] = groupState{bytes, string(reason)}
	}
	if len(state) > 0 {
		return fmt.Errorf("the state of a WASM aggregate has %d bytes too many", len(state))
	}
	return nil
}
