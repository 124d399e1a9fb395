package checkpoint

import (
	"bytes"
	"errors"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/spill/bloom"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/sorted"
)

// shelf keeps groups of an operator in the log. What is put there becomes part of the next
// checkpoint.
//
// Few changes are states of the log as all others, each under its key. When they have
// become many they go to a sorted file, with all that are under their keys: so what is
// under a key is always younger than what is in a file.
type shelf struct {
	run    *Run
	prefix []byte
	set    *sorted.Set  // what is in files
	least  int          // bytes of changes that are worth a file
	young  int          // bytes under keys
	names  bloom.Filter // which keys these may be
	failed error        // why the shelf cannot be read
	erased bool         // what was there before this checkpoint is not to be read any more
	gone   [][]byte     // prefixes: what was there before this checkpoint
	put    changes      // and where they are many
	many   *sorted.Batch
}

// Shelf implements exec.Shelves.
func (r *Run) Shelf(id string) operators.Shelf { return r.shelf(id) }

func (r *Run) shelf(id string) *shelf {
	s := r.shelves[id]
	if s == nil {
		s = &shelf{run: r, prefix: r.key("group/" + id + "\x00")}
		r.shelves[id] = s
		s.failed = s.open()
	}
	return s
}

func (s *shelf) open() (err error) {
	if s.set, s.least, err = s.run.log.Sorted(s.prefix); err != nil {
		return err
	}
	return s.run.log.Scan(s.prefix, func(key, value []byte) bool {
		s.note(key[len(s.prefix):], value)
		return true
	})
}

// smallGroup is about how many bytes a group has with its key, at least.
const smallGroup = 16

// note tells that a change is under its key.
func (s *shelf) note(key, value []byte) {
	if s.young == 0 {
		s.names = bloom.New(s.least / smallGroup)
	}
	s.young += len(key) + len(value)
	s.names.Add(xxh3.Hash(key))
}

// Beside implements exec.Shelves.
func (r *Run) Beside() (n int64) {
	for _, s := range r.shelves {
		if n += s.names.Bytes(); s.set != nil {
			n += s.set.Beside()
		}
	}
	return n
}

// Clear implements exec.Shelves: with the next checkpoint.
func (r *Run) Clear(id string) {
	if s := r.shelf(id); s.Has() || !s.put.empty() || s.many != nil {
		s.failed = errors.Join(s.failed, s.dropMany())
		s.erased, s.put, s.gone = true, changes{}, nil
	}
}

func (s *shelf) dropMany() error {
	if s.many == nil {
		return nil
	}
	b := s.many
	s.many = nil
	return b.Drop()
}

// Free implements operators.Shelf.
func (s *shelf) Free() bool { return false }

// Has implements operators.Shelf. What cannot be read is said by who reads it.
func (s *shelf) Has() bool {
	return s.failed != nil || !s.erased && (s.young > 0 || !s.set.Empty())
}

// Get implements operators.Shelf.
func (s *shelf) Get(keys [][]byte, f func(i int, value []byte)) error {
	if s.failed != nil || s.erased {
		return s.failed
	}
	if s.young == 0 {
		return s.set.Get(keys, f)
	}
	found, older, at := make([][]byte, len(keys)), [][]byte{}, []int{}
	key := append([]byte(nil), s.prefix...)
	for i, k := range keys {
		if s.names.Has(xxh3.Hash(k)) {
			v, err := s.run.log.Get(append(key[:len(s.prefix)], k...))
			if err != nil {
				return err
			}
			if v != nil {
				found[i] = said(v)
				continue
			}
		}
		older, at = append(older, k), append(at, i)
	}
	if err := s.set.Get(older, func(i int, value []byte) { found[at[i]] = append([]byte{}, value...) }); err != nil {
		return err
	}
	for i, v := range found {
		if v != nil {
			f(i, v)
		}
	}
	return nil
}

// Scan implements operators.Shelf.
func (s *shelf) Scan(prefix, from []byte, f func(key, value []byte) bool) error {
	if s.failed != nil || s.erased {
		return s.failed
	}
	young, err := s.youngest(prefix)
	if err != nil {
		return err
	}
	young = slices.DeleteFunc(young, func(kv log.KeyValue) bool { return bytes.Compare(kv.Key, from) < 0 })
	more := true
	give := func(upTo []byte) {
		for more && len(young) > 0 && (upTo == nil || bytes.Compare(young[0].Key, upTo) < 0) {
			if v := said(young[0].Value); v != nil {
				more = f(young[0].Key, v)
			}
			young = young[1:]
		}
	}
	err = s.set.Scan(prefix, from, func(key, value []byte) bool {
		if give(key); more && (len(young) == 0 || !bytes.Equal(young[0].Key, key)) {
			more = f(key, value)
		}
		return more
	})
	if err == nil {
		give(nil)
	}
	return err
}

// youngest are the changes under keys that begin with a prefix: they are not many.
func (s *shelf) youngest(prefix []byte) (young []log.KeyValue, err error) {
	if s.young == 0 {
		return nil, nil
	}
	err = s.run.log.Scan(append(s.prefix[:len(s.prefix):len(s.prefix)], prefix...), func(key, value []byte) bool {
		young = append(young, log.KeyValue{Key: bytes.Clone(key[len(s.prefix):]), Value: bytes.Clone(value)})
		return true
	})
	return young, err
}

// saying is how a change is kept under a key: nothing for a group that is gone, which may
// still be in a file.
func saying(buf, value []byte) []byte {
	if value == nil {
		return buf[:0]
	}
	return append(append(buf[:0], 1), value...)
}

// said is what saying was given.
func said(kept []byte) []byte {
	if len(kept) == 0 {
		return nil
	}
	return kept[1:]
}

// Put implements operators.Shelf.
func (s *shelf) Put(key, value []byte) error {
	if s.many != nil {
		return s.many.Put(key, value)
	}
	s.put.add(key, value, true)
	return s.grown()
}

// Delete implements operators.Shelf.
func (s *shelf) Delete(key []byte) error {
	if s.many != nil {
		return s.many.Delete(key)
	}
	s.put.add(key, nil, false)
	return s.grown()
}

// grown moves changes to a file when they are worth one.
func (s *shelf) grown() error {
	if s.failed != nil || s.put.bytes+s.young < s.least {
		return s.failed
	}
	s.many = s.set.NewBatch()
	for key, value := range s.put.all(nil) {
		if err := move(s.many, key, value); err != nil {
			return err
		}
	}
	s.put = changes{}
	return nil
}

// move adds a change to a batch.
func move(b *sorted.Batch, key, value []byte) error {
	if value == nil {
		return b.Delete(key)
	}
	return b.Put(key, value)
}

// DeletePrefix implements operators.Shelf. Instances say the same: a commit has it once.
func (s *shelf) DeletePrefix(prefix []byte) error {
	whole := append(s.prefix[:len(s.prefix):len(s.prefix)], prefix...)
	if !slices.ContainsFunc(s.gone, func(p []byte) bool { return bytes.Equal(p, whole) }) {
		s.gone = append(s.gone, whole)
	}
	return nil
}

// take makes what was put on the shelf part of a commit.
func (s *shelf) take(tx *log.Tx) error {
	if s.failed != nil {
		return s.failed
	}
	if s.erased {
		tx.DeletePrefix = append(tx.DeletePrefix, s.prefix)
	}
	tx.DeletePrefix = append(tx.DeletePrefix, s.gone...)
	if s.many == nil {
		return nil
	}
	sorting := log.Sorting{Prefix: s.prefix, Batches: []*sorted.Batch{s.many}}
	if s.young > 0 && !s.erased {
		before, err := s.before()
		if err != nil {
			return err
		}
		sorting.Batches = []*sorted.Batch{before, s.many}
	}
	tx.Sorted = append(tx.Sorted, sorting)
	return nil
}

// before is what is under keys and stays, for a file.
func (s *shelf) before() (*sorted.Batch, error) {
	young, err := s.youngest(nil)
	if err != nil {
		return nil, err
	}
	b := s.set.NewBatch()
	for _, kv := range young {
		whole := append(s.prefix[:len(s.prefix):len(s.prefix)], kv.Key...)
		if slices.ContainsFunc(s.gone, func(p []byte) bool { return bytes.HasPrefix(whole, p) }) {
			continue
		}
		if err := move(b, kv.Key, said(kv.Value)); err != nil {
			return nil, errors.Join(err, b.Drop())
		}
	}
	return b, nil
}

// takeShelves makes what was put on the shelves part of a commit.
func (r *Run) takeShelves(tx *log.Tx) error {
	for _, s := range r.shelves {
		if err := s.take(tx); err != nil {
			return err
		}
	}
	tx.More = func(yield func(key, value []byte) bool) {
		buf := []byte{} // nil would be a key that is deleted
		for _, s := range r.shelves {
			for key, value := range s.put.all(s.prefix) {
				if buf = saying(buf, value); !yield(key, buf) {
					return
				}
			}
		}
	}
	return nil
}

// tookShelves: it is there.
func (r *Run) tookShelves() {
	for _, s := range r.shelves {
		if s.erased || s.many != nil {
			s.young = 0
		}
		for key, value := range s.put.all(nil) {
			s.note(key, value)
		}
		s.erased, s.put, s.gone, s.many = false, changes{}, nil, nil
	}
}
