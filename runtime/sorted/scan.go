package sorted

import (
	"bytes"
	"container/heap"
)

// scanBytes is about how much of a run is read at a time to go through it.
const scanBytes = 128 << 10

// cursor goes through a run.
type cursor struct {
	run        *Run
	age        int // the larger, the younger
	next, read int // the block to come, and the one behind those in buf
	buf, rest  []byte
	block      []byte // what is left of the block at hand
	key, value []byte
}

// seek goes to the first entry that is not before a key; false where there is none.
func (c *cursor) seek(key []byte) (bool, error) {
	c.next = max(c.run.blocks.last(key, 0, c.run.blocks.n()), 0)
	c.read, c.rest, c.block = c.next, nil, nil
	for {
		ok, err := c.step()
		if !ok || err != nil || bytes.Compare(c.key, key) >= 0 {
			return ok, err
		}
	}
}

// step goes to the next entry. Key and value are valid until the next step.
func (c *cursor) step() (ok bool, err error) {
	for len(c.block) == 0 {
		if c.next == c.run.blocks.n() {
			return false, nil
		}
		if c.next == c.read {
			if err := c.fill(); err != nil {
				return false, err
			}
		}
		from, to := c.run.blocks.place(c.next)
		whole := c.rest[:to-from]
		if err := c.run.checkBlock(whole); err != nil {
			return false, err
		}
		c.block, c.rest, c.next = whole[:len(whole)-sumBytes], c.rest[to-from:], c.next+1
	}
	c.key, c.value, c.block, err = entry(c.block)
	return err == nil, err
}

// fill reads some more blocks.
func (c *cursor) fill() (err error) {
	begin, end := c.run.blocks.place(c.read)
	for c.read++; c.read < c.run.blocks.n() && end-begin < scanBytes; c.read++ {
		_, end = c.run.blocks.place(c.read)
	}
	c.buf, err = c.run.read(c.next, c.read, c.buf)
	c.rest = c.buf
	return err
}

// merger goes through layers at once, in the order of keys, and gives of each key what the
// youngest says.
type merger struct {
	layers  []layer
	cursors []*cursor
}

// newMerger begins at the first key that is not before one.
func newMerger(layers []layer, from []byte) (*merger, error) {
	m := &merger{layers: layers}
	for i, l := range layers {
		if l.run == nil {
			continue
		}
		c := &cursor{run: l.run, age: i}
		ok, err := c.seek(from)
		if err != nil {
			return nil, err
		}
		if ok {
			m.cursors = append(m.cursors, c)
		}
	}
	heap.Init(m)
	return m, nil
}

// each calls f for each key with what the youngest layer says of it, nil for gone, until it
// returns false. What f is given is valid until it returns.
func (m *merger) each(f func(key, value []byte) bool) error {
	var last []byte
	some := false
	for len(m.cursors) > 0 {
		c := m.cursors[0]
		if !some || !bytes.Equal(c.key, last) {
			last, some = append(last[:0], c.key...), true
			value := c.value
			if value != nil && m.gone(c.age, c.key) {
				value = nil
			}
			if !f(last, value) {
				return nil
			}
		}
		ok, err := c.step()
		switch {
		case err != nil:
			return err
		case ok:
			heap.Fix(m, 0)
		default:
			heap.Pop(m)
		}
	}
	return nil
}

// gone: a layer younger than one has forgotten a key.
func (m *merger) gone(age int, key []byte) bool {
	for _, l := range m.layers[age+1:] {
		if l.gone.has(key) {
			return true
		}
	}
	return false
}

// Len implements heap.Interface.
func (m *merger) Len() int { return len(m.cursors) }

// Less implements heap.Interface.
func (m *merger) Less(i, j int) bool {
	if c := bytes.Compare(m.cursors[i].key, m.cursors[j].key); c != 0 {
		return c < 0
	}
	return m.cursors[i].age > m.cursors[j].age
}

// Swap implements heap.Interface.
func (m *merger) Swap(i, j int) { m.cursors[i], m.cursors[j] = m.cursors[j], m.cursors[i] }

// Push implements heap.Interface; cursors are not added later.
func (m *merger) Push(any) {}

// Pop implements heap.Interface.
func (m *merger) Pop() any {
	last := len(m.cursors) - 1
	c := m.cursors[last]
	m.cursors = m.cursors[:last]
	return c
}
