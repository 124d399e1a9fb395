package wasm

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// CanMerge implements fold.Merging.
func (g *aggregator) CanMerge() bool { return true }

// MergeFrom implements fold.Merging. A group whose states the module does not put together
// has none. Where one of the two has had no rows the other is what comes of it.
func (g *aggregator) MergeFrom(other kernel.Aggregator, from, to []int32) {
	source := other.(*aggregator).groups
	for len(to) > 0 {
		m := &merging{g: g}
		var laterFrom, laterTo []int32
		given := map[int32]bool{}
		for i, group := range to {
			if given[group] { // a call takes each group once
				laterFrom, laterTo = append(laterFrom, from[i]), append(laterTo, group)
				continue
			}
			given[group] = true
			m.pair(group, &source[from[i]])
		}
		m.run()
		from, to = laterFrom, laterTo
	}
}

// merging is the pairs of states that one call puts together.
type merging struct {
	g             *aggregator
	to            []int32
	first, second []any
}

// pair adds a state to a group, or to the pairs that the module puts together.
func (m *merging) pair(to int32, from *groupState) {
	s, none := &m.g.groups[to], m.g.initial().bytes
	switch {
	case s.reason != "" || from.reason != "":
		s.reason = cmp.Or(s.reason, from.reason)
	case bytes.Equal(from.bytes, none):
	case bytes.Equal(s.bytes, none):
		m.g.put(to, from.bytes)
	default:
		m.to, m.first, m.second = append(m.to, to), append(m.first, s.bytes), append(m.second, from.bytes)
	}
}

func (m *merging) run() {
	if len(m.to) == 0 {
		return
	}
	fail := func(i int, why string) { m.g.groups[m.to[i]].reason = why }
	c := &kernel.Call{Alloc: memory.DefaultAllocator, N: len(m.to), Result: types.TBytes, OnFail: fail}
	c.OnTrap = func(i int, _, why string) { fail(i, why) }
	for _, states := range [][]any{m.first, m.second} {
		column := vm.FromValues(c.Alloc, types.TBytes, states)
		defer column.Release()
		c.Args = append(c.Args, kernel.Vector{Type: types.TBytes, Arr: column})
	}
	arr := m.g.a.merge.Kernel()(c)
	defer arr.Release()
	states := kernel.Reader[[]byte](kernel.Vector{Type: types.TBytes, Arr: arr})
	for i, group := range m.to {
		m.g.put(group, states(i))
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
		g.groups[group] = groupState{bytes: bytes, reason: string(reason)}
	}
	if len(state) > 0 {
		return fmt.Errorf("the state of a WASM aggregate has %d bytes too many", len(state))
	}
	return nil
}
