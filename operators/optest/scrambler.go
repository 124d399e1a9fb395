package optest

import "github.com/apache/arrow-go/v18/arrow/memory"

// Scrambler is an allocator that overwrites what is given back, so that whoever still
// reads it is found out: a job hands such memory to somebody else (kernel.Recycler).
type Scrambler struct{}

// Allocate implements memory.Allocator.
func (Scrambler) Allocate(size int) []byte { return memory.DefaultAllocator.Allocate(size) }

// Reallocate implements memory.Allocator.
func (s Scrambler) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return memory.DefaultAllocator.Reallocate(size, b)
	}
	out := s.Allocate(size)
	copy(out, b)
	s.Free(b)
	return out
}

// Free implements memory.Allocator.
func (Scrambler) Free(b []byte) {
	b = b[:cap(b)]
	for i := range b {
		b[i] = 0xdb
	}
}
