package state

import (
	"sync"

	"github.com/edynamic/edynamic/runtime/sorted"
)

// shelf is the groups of one operator.
type shelf struct {
	store *Store

	mu  sync.Mutex
	set *sorted.Set   // nil before the first group
	put *sorted.Batch // what was put here and is not to be seen yet
}

// Free implements operators.Shelf.
func (h *shelf) Free() bool { return true }

// Has implements operators.Shelf.
func (h *shelf) Has() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.set != nil
}

// Get implements operators.Shelf.
func (h *shelf) Get(keys [][]byte, f func(i int, value []byte)) error {
	set, err := h.settle()
	if err != nil || set == nil {
		return err
	}
	return set.Get(keys, f)
}

// Scan implements operators.Shelf.
func (h *shelf) Scan(prefix, from []byte, f func(key, value []byte) bool) error {
	set, err := h.settle()
	if err != nil || set == nil {
		return err
	}
	return set.Scan(prefix, from, f)
}

// Put implements operators.Shelf.
func (h *shelf) Put(key, value []byte) error {
	return h.change(func(put *sorted.Batch) error { return put.Put(key, value) })
}

// Delete implements operators.Shelf.
func (h *shelf) Delete(key []byte) error {
	return h.change(func(put *sorted.Batch) error { return put.Delete(key) })
}

// DeletePrefix implements operators.Shelf.
func (h *shelf) DeletePrefix(prefix []byte) error {
	set, err := h.settle()
	if err != nil || set == nil {
		return err
	}
	return set.Add([][]byte{prefix}, nil)
}

// beside is how many bytes it takes in memory to find keys by.
func (h *shelf) beside() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.set == nil {
		return 0
	}
	return h.set.Beside()
}

// change adds to what was put here. The set, and the store before it, are made where they are not
// there.
func (h *shelf) change(do func(put *sorted.Batch) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.set == nil {
		dir, err := h.store.open()
		if err != nil {
			return err
		}
		h.set = sorted.New(dir)
		h.put = h.set.NewBatch()
	}
	return do(h.put)
}

// settle lets everything that was put here be seen; nil where nothing ever was.
func (h *shelf) settle() (*sorted.Set, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.set == nil || h.put.Empty() {
		return h.set, nil
	}
	return h.set, h.set.Add(nil, h.put)
}
