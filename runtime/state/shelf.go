package state

import (
	"errors"
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// shelf is the groups of one operator.
type shelf struct {
	store  *Store
	prefix []byte

	mu    sync.Mutex
	db    *pebble.DB    // nil before the first group
	batch *pebble.Batch // what was put here and is not to be seen yet; nil for nothing
}

// batchBytes is how much is put at a time.
const batchBytes = 1 << 20

// Free implements operators.Shelf.
func (h *shelf) Free() bool { return true }

// Has implements operators.Shelf.
func (h *shelf) Has() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.db != nil
}

// readers is how many goroutines look for groups, and fewest how many each of them must
// have to look for.
const (
	readers = 4
	fewest  = 64
)

// Get implements operators.Shelf.
func (h *shelf) Get(keys [][]byte, f func(i int, value []byte)) error {
	if seen, err := h.settle(); err != nil || !seen {
		return err
	}
	n := min(readers, len(keys)/fewest)
	if n < 2 {
		return h.get(keys, f)
	}
	found := make([][]byte, len(keys))
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		from, to := i*len(keys)/n, (i+1)*len(keys)/n
		all.Go(func() {
			arena := []byte{}
			errs[i] = h.get(keys[from:to], func(k int, value []byte) {
				if cap(arena)-len(arena) < len(value) {
					arena = make([]byte, 0, max(64<<10, len(value)))
				}
				at := len(arena)
				arena = append(arena, value...)
				found[from+k] = arena[at:len(arena):len(arena)]
			})
		})
	}
	all.Wait()
	for i, v := range found {
		if v != nil {
			f(i, v)
		}
	}
	return errors.Join(errs...)
}

// get goes from key to key by one iterator, which has found its files already.
func (h *shelf) get(keys [][]byte, f func(i int, value []byte)) (err error) {
	it, err := h.db.NewIter(&pebble.IterOptions{LowerBound: h.prefix, UpperBound: after(h.prefix), UseL6Filters: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	key := append([]byte(nil), h.prefix...)
	for i, k := range keys {
		key = append(key[:len(h.prefix)], k...)
		if !it.SeekPrefixGE(key) {
			if err := it.Error(); err != nil {
				return err
			}
			continue
		}
		v, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		f(i, v)
	}
	return nil
}

// Scan implements operators.Shelf.
func (h *shelf) Scan(prefix []byte, f func(key, value []byte) bool) (err error) {
	if seen, err := h.settle(); err != nil || !seen {
		return err
	}
	from := append(h.prefix[:len(h.prefix):len(h.prefix)], prefix...)
	it, err := h.db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: after(from)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		if !f(it.Key()[len(h.prefix):], v) {
			return nil
		}
	}
	return it.Error()
}

// Put implements operators.Shelf.
func (h *shelf) Put(key, value []byte) error {
	return h.change(func(b *pebble.Batch) error {
		return b.Set(append(h.prefix[:len(h.prefix):len(h.prefix)], key...), value, nil)
	})
}

// Delete implements operators.Shelf.
func (h *shelf) Delete(key []byte) error {
	return h.change(func(b *pebble.Batch) error {
		return b.Delete(append(h.prefix[:len(h.prefix):len(h.prefix)], key...), nil)
	})
}

func (h *shelf) change(f func(b *pebble.Batch) error) (err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.db == nil {
		if h.db, err = h.store.open(); err != nil {
			return err
		}
	}
	if h.batch == nil {
		h.batch = h.db.NewBatch()
	}
	if err := f(h.batch); err != nil {
		return err
	}
	if h.batch.Len() < batchBytes {
		return nil
	}
	return h.write()
}

// settle lets everything that was put here be seen; false where nothing ever was.
func (h *shelf) settle() (any bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.batch != nil {
		err = h.write()
	}
	return h.db != nil, err
}

// write writes the batch; mu is held.
func (h *shelf) write() error {
	err := h.batch.Commit(pebble.NoSync)
	err = errors.Join(err, h.batch.Close())
	h.batch = nil
	return err
}

// clear forgets everything.
func (h *shelf) clear() error {
	if any, err := h.settle(); err != nil || !any {
		return err
	}
	return h.db.DeleteRange(h.prefix, after(h.prefix), pebble.NoSync)
}

// close gives back what was never written.
func (h *shelf) close() error {
	if h.batch == nil {
		return nil
	}
	return h.batch.Close()
}
