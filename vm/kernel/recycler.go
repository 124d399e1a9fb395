package kernel

import (
	"math/bits"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Recycler is an allocator that keeps what is freed and hands it out again, so
// that a pipeline in its stride takes nothing from the garbage collector. Memory
// it hands out is zero, as arrow's builders expect. It may be shared; what several
// goroutines use is better split among several.
type Recycler struct {
	mu   sync.Mutex
	free [recycledClasses][][]byte
	held int
	most int
}

// Sizes are rounded up to powers of two from 64 bytes to 64 MiB; larger ones are
// not kept.
const (
	recycledLeast   = 6
	recycledClasses = 21
)

// NewRecycler makes an allocator that keeps up to a number of free bytes.
func NewRecycler(most int) *Recycler { return &Recycler{most: most} }

func recycledClass(size int) int { return max(bits.Len(uint(size-1)), recycledLeast) - recycledLeast }

// Allocate returns size bytes, aligned to 64.
func (r *Recycler) Allocate(size int) []byte {
	b, fresh := r.take(size)
	if !fresh {
		clear(b)
	}
	return b
}

// Unset is Allocate for who fills all of the memory: it is not cleared.
func (r *Recycler) Unset(size int) []byte {
	b, _ := r.take(size)
	return b
}

// take returns memory, and whether it is fresh, which is zero.
func (r *Recycler) take(size int) (b []byte, fresh bool) {
	if size == 0 {
		return nil, true
	}
	class := recycledClass(size)
	if class >= recycledClasses {
		return make([]byte, size), true
	}
	r.mu.Lock()
	if n := len(r.free[class]); n > 0 {
		b := r.free[class][n-1]
		r.free[class] = r.free[class][:n-1]
		r.held -= cap(b)
		r.mu.Unlock()
		return b[:size], false
	}
	r.mu.Unlock()
	return make([]byte, 1<<(class+recycledLeast))[:size], true
}

// NewBuffer is a buffer of some bytes that the caller fills, as its memory may not be clear.
func NewBuffer(alloc memory.Allocator, size int) *memory.Buffer {
	if r, ok := alloc.(*Recycler); ok && size > 0 {
		return memory.NewBufferWithAllocator(r.Unset(size), r)
	}
	buf := memory.NewResizableBuffer(alloc)
	buf.Resize(size)
	return buf
}

// Reallocate changes the size of b, which must not be used any more.
func (r *Recycler) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) && size > 0 {
		if size > len(b) {
			old := len(b)
			b = b[:size]
			clear(b[old:])
		}
		return b[:size]
	}
	out := r.Allocate(size)
	copy(out, b)
	r.Free(b)
	return out
}

// Free takes b back.
func (r *Recycler) Free(b []byte) {
	size := cap(b)
	if size < 1<<recycledLeast || size&(size-1) != 0 || recycledClass(size) >= recycledClasses {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held+size > r.most {
		return
	}
	class := recycledClass(size)
	r.free[class] = append(r.free[class], b[:0])
	r.held += size
}
