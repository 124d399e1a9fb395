package log

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// NewMemory is a log that ends with the process.
func NewMemory() Log {
	l := newStored(&memory{}, vfs.NewMem(), "")
	if err := l.openFiles(); err != nil {
		panic(fmt.Sprintf("log: an empty folder in memory cannot be read: %v", err))
	}
	return l
}

// memory is a sorted list of keys.
type memory struct {
	mu     sync.RWMutex
	pairs  []KeyValue
	closed bool
}

func (m *memory) find(key []byte) (at int, found bool) {
	return slices.BinarySearchFunc(m.pairs, key, func(p KeyValue, k []byte) int { return bytes.Compare(p.Key, k) })
}

func (m *memory) get(key []byte) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return nil, ErrClosed
	}
	if at, found := m.find(key); found {
		return bytes.Clone(m.pairs[at].Value), nil
	}
	return nil, nil
}

func (m *memory) scan(from, to []byte, reverse bool, f func(key, value []byte) bool) error {
	m.mu.RLock()
	if m.closed {
		m.mu.RUnlock()
		return ErrClosed
	}
	first, _ := m.find(from)
	last := len(m.pairs)
	if to != nil {
		last, _ = m.find(to)
	}
	pairs := slices.Clone(m.pairs[first:max(first, last)]) // f may write
	m.mu.RUnlock()
	if reverse {
		slices.Reverse(pairs)
	}
	for _, p := range pairs {
		if !f(p.Key, p.Value) {
			return nil
		}
	}
	return nil
}

func (m *memory) apply(changes []change, more iter.Seq2[[]byte, []byte], _ bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	for _, c := range changes {
		m.change(c)
	}
	if more == nil {
		return nil
	}
	for key, value := range more {
		if value == nil {
			m.change(change{remove, key, nil})
		} else {
			m.change(change{set, key, value})
		}
	}
	return nil
}

func (m *memory) change(c change) {
	at, found := m.find(c.key)
	switch c.kind {
	case set:
		p := KeyValue{bytes.Clone(c.key), bytes.Clone(c.value)}
		if p.Value == nil {
			p.Value = []byte{}
		}
		if found {
			m.pairs[at] = p
		} else {
			m.pairs = slices.Insert(m.pairs, at, p)
		}
	case remove:
		if found {
			m.pairs = slices.Delete(m.pairs, at, at+1)
		}
	case removeRange:
		end := len(m.pairs)
		if c.value != nil {
			end, _ = m.find(c.value)
		}
		m.pairs = slices.Delete(m.pairs, at, max(at, end))
	}
}

func (*memory) reclaim(_, _ []byte) {}

func (m *memory) bulk() (bulk, error) { return &memoryBulk{}, nil }

func (m *memory) take(bulks []bulk) error {
	var all []change
	for _, b := range bulks {
		all = append(all, b.(*memoryBulk).changes...)
	}
	return m.apply(all, nil, true)
}

// memoryBulk is keys on their way into memory.
type memoryBulk struct {
	changes []change
	bytes   int64
}

func (b *memoryBulk) set(key, value []byte) error {
	b.changes, b.bytes = append(b.changes, change{set, key, bytes.Clone(value)}), b.bytes+int64(len(value))
	return nil
}

func (b *memoryBulk) size() int64 { return b.bytes }
func (*memoryBulk) finish() error { return nil }
func (*memoryBulk) drop() error   { return nil }

func (m *memory) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
