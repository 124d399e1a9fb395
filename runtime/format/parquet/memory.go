package parquet

import (
	"slices"
	"sync"

	"github.com/edynamic/edynamic/vm/kernel"
)

// unset hands out memory that is not cleared, for pages that fill what they are given. Pages
// are of a mebibyte and a little more, of each column one as it is stored and one as it was:
// large ones are not rounded up to powers of two.
type unset struct {
	*kernel.Recycler
	mu   sync.Mutex
	free [][]byte // of large pages
	held int
}

func newUnset() *unset { return &unset{Recycler: kernel.NewRecycler(recycled)} }

const (
	largePage = 256 << 10 // bytes that more than which are large
	pageStep  = 64 << 10  // what they are rounded up to
)

// Allocate implements memory.Allocator.
func (u *unset) Allocate(size int) []byte {
	if size <= largePage {
		return u.Unset(size)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	// Much more than is needed would be missed by those that need it.
	at := slices.IndexFunc(u.free, func(b []byte) bool { return size <= cap(b) && cap(b) <= size+size/2 })
	if at < 0 {
		return make([]byte, (size+pageStep-1)/pageStep*pageStep)[:size]
	}
	b := u.free[at]
	u.free = slices.Delete(u.free, at, at+1)
	u.held -= cap(b)
	return b[:size]
}

// Reallocate implements memory.Allocator.
func (u *unset) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) && size > 0 {
		return b[:size]
	}
	out := u.Allocate(size)
	copy(out, b)
	u.Free(b)
	return out
}

// Free implements memory.Allocator.
func (u *unset) Free(b []byte) {
	if cap(b) <= largePage {
		u.Recycler.Free(b)
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.held+cap(b) <= recycled {
		u.free = append(u.free, b[:0])
		u.held += cap(b)
	}
}
