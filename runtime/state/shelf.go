package state

import (
	"bytes"
	"errors"
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// shelf is the groups of one operator.
type shelf struct {
	store  *Store
	prefix []byte

	mu sync.Mutex
	db *pebble.DB // nil before the first group
	// What was put here and is not to be seen yet, nil for nothing: a batch or, where that
	// becomes large, a file of which more is expected.
	batch   *pebble.Batch
	bulk    *bulk
	last    []byte // the last key of the batch
	ascends bool   // the batch has keys with values alone, each behind the one before
}

// batchBytes is how much is put at a time, and bulkBytes how much in a file at most.
const (
	batchBytes = 1 << 20
	bulkBytes  = 64 << 20
)

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
	h.mu.Lock()
	defer h.mu.Unlock()
	key = append(h.prefix[:len(h.prefix):len(h.prefix)], key...)
	if h.bulk != nil {
		if bytes.Compare(key, h.bulk.last) > 0 {
			return h.putBulk(key, value)
		}
		if err := h.write(); err != nil {
			return err
		}
	}
	if err := h.begin(); err != nil {
		return err
	}
	h.ascends = h.ascends && bytes.Compare(key, h.last) > 0
	h.last = append(h.last[:0], key...)
	if err := h.batch.Set(key, value, nil); err != nil || h.batch.Len() < batchBytes {
		return err
	}
	if !h.ascends {
		return h.write()
	}
	var err error
	if h.bulk, err = h.store.bulk(h.batch); err != nil {
		return err
	}
	err = h.batch.Close()
	h.batch = nil
	return err
}

// putBulk puts a key that is behind those of the file, and begins another after a large one.
func (h *shelf) putBulk(key, value []byte) (err error) {
	if h.bulk.bytes >= bulkBytes {
		if err := h.write(); err != nil {
			return err
		}
		if h.bulk, err = h.store.bulk(nil); err != nil {
			return err
		}
	}
	return h.bulk.set(key, value)
}

// Delete implements operators.Shelf.
func (h *shelf) Delete(key []byte) error {
	return h.remove(func(b *pebble.Batch) error {
		return b.Delete(append(h.prefix[:len(h.prefix):len(h.prefix)], key...), nil)
	})
}

// DeletePrefix implements operators.Shelf.
func (h *shelf) DeletePrefix(prefix []byte) error {
	return h.remove(func(b *pebble.Batch) error {
		from := append(h.prefix[:len(h.prefix):len(h.prefix)], prefix...)
		return b.DeleteRange(from, after(from), nil)
	})
}

// remove takes keys away, behind what was put before.
func (h *shelf) remove(f func(b *pebble.Batch) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bulk != nil {
		if err := h.write(); err != nil {
			return err
		}
	}
	if err := h.begin(); err != nil {
		return err
	}
	h.ascends = false
	if err := f(h.batch); err != nil || h.batch.Len() < batchBytes {
		return err
	}
	return h.write()
}

// begin makes the batch, and the store before it, where they are not there.
func (h *shelf) begin() (err error) {
	if h.db == nil {
		if h.db, err = h.store.open(); err != nil {
			return err
		}
	}
	if h.batch == nil {
		h.batch, h.last, h.ascends = h.db.NewBatch(), h.last[:0], true
	}
	return nil
}

// settle lets everything that was put here be seen; false where nothing ever was.
func (h *shelf) settle() (any bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.db != nil, h.write()
}

// write writes what was put here, in the order in which it came; mu is held.
func (h *shelf) write() (err error) {
	if h.batch != nil {
		err = errors.Join(h.batch.Commit(pebble.NoSync), h.batch.Close())
		h.batch = nil
	}
	if h.bulk != nil {
		err = errors.Join(err, h.bulk.take(h.db))
		h.bulk = nil
	}
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
	var err error
	if h.batch != nil {
		err = h.batch.Close()
	}
	if h.bulk != nil {
		err = errors.Join(err, h.bulk.out.Close())
	}
	return err
}
