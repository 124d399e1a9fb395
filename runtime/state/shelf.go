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
	db     *pebble.DB // nil before the first group
}

// Free implements operators.Shelf.
func (h *shelf) Free() bool { return true }

// Has implements operators.Shelf.
func (h *shelf) Has() bool { return h.db != nil }

// readers is how many goroutines look for groups, and fewest how many each of them must
// have to look for.
const (
	readers = 4
	fewest  = 64
)

// Get implements operators.Shelf.
func (h *shelf) Get(keys [][]byte, f func(i int, value []byte)) error {
	if h.db == nil {
		return nil
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

func (h *shelf) get(keys [][]byte, f func(i int, value []byte)) error {
	key := append([]byte(nil), h.prefix...)
	for i, k := range keys {
		key = append(key[:len(h.prefix)], k...)
		v, done, err := h.db.Get(key)
		if errors.Is(err, pebble.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		f(i, v)
		if err := done.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Scan implements operators.Shelf.
func (h *shelf) Scan(prefix []byte, f func(key, value []byte) bool) (err error) {
	if h.db == nil {
		return nil
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
	if err := h.begin(); err != nil {
		return err
	}
	return h.db.Set(append(h.prefix[:len(h.prefix):len(h.prefix)], key...), value, pebble.NoSync)
}

// Delete implements operators.Shelf.
func (h *shelf) Delete(key []byte) error {
	if err := h.begin(); err != nil {
		return err
	}
	return h.db.Delete(append(h.prefix[:len(h.prefix):len(h.prefix)], key...), pebble.NoSync)
}

func (h *shelf) begin() (err error) {
	if h.db == nil {
		h.db, err = h.store.open()
	}
	return err
}
