package chunk

import (
	"sync"
	"sync/atomic"
)

// Pool keeps the memory of chunks that nobody refers to any more.
type Pool struct {
	mu   sync.Mutex
	free []*Memory
}

// How many chunks are kept, and how large one may be.
const (
	pooled    = 8
	pooledMax = 2*size + slack
	slack     = 32 << 10 // what memory is a multiple of
)

// Memory is that of one chunk. Whoever refers to it may Hold it and Free it again;
// memory that somebody never frees is left to the garbage collector.
type Memory struct {
	bytes   []byte
	holders atomic.Int32
	pool    *Pool
}

// take returns memory for n bytes at least, held once.
func (p *Pool) take(n int) *Memory {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.free) - 1; i >= 0; i-- {
		if m := p.free[i]; len(m.bytes) >= n {
			p.free[i] = p.free[len(p.free)-1]
			p.free = p.free[:len(p.free)-1]
			m.holders.Store(1)
			return m
		}
	}
	// Some more than is asked for: parts of a file differ by a line, and the next must fit.
	m := &Memory{bytes: make([]byte, (n+slack-1)/slack*slack), pool: p}
	m.holders.Store(1)
	return m
}

// Hold keeps the memory for one more.
func (m *Memory) Hold() { m.holders.Add(1) }

// Free ends a hold; the last one gives the memory back.
func (m *Memory) Free() {
	if m.holders.Add(-1) > 0 || len(m.bytes) > pooledMax {
		return
	}
	p := m.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < pooled {
		p.free = append(p.free, m)
	}
}
