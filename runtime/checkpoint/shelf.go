package checkpoint

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/log"
)

// shelf keeps groups of an operator in the log. What is put there becomes part of the next
// checkpoint.
type shelf struct {
	run    *Run
	prefix []byte
	has    bool     // something was there when the run began, or was put there since
	erased bool     // what was there before this checkpoint is not to be read any more
	gone   [][]byte // prefixes: what was there before this checkpoint
	put    changes
}

// Shelf implements exec.Shelves.
func (r *Run) Shelf(id string) operators.Shelf { return r.shelf(id) }

func (r *Run) shelf(id string) *shelf {
	s := r.shelves[id]
	if s == nil {
		s = &shelf{run: r, prefix: r.key("group/" + id + "\x00")}
		r.shelves[id] = s
	}
	return s
}

// Clear implements exec.Shelves: with the next checkpoint.
func (r *Run) Clear(id string) {
	if s := r.shelf(id); s.Has() || len(s.put.chunks) > 0 {
		s.erased, s.has, s.put, s.gone = true, false, changes{}, nil
	}
}

// Free implements operators.Shelf.
func (s *shelf) Free() bool { return false }

// Has implements operators.Shelf. What cannot be read is said by who reads it.
func (s *shelf) Has() bool {
	if !s.has && !s.erased {
		err := s.run.log.Scan(s.prefix, func(_, _ []byte) bool {
			s.has = true
			return false
		})
		s.has = s.has || err != nil
	}
	return s.has
}

// Get implements operators.Shelf.
func (s *shelf) Get(keys [][]byte, f func(i int, value []byte)) error {
	if s.erased {
		return nil
	}
	key := append([]byte(nil), s.prefix...)
	for i, k := range keys {
		v, err := s.run.log.Get(append(key[:len(s.prefix)], k...))
		if err != nil {
			return err
		}
		if v != nil {
			f(i, v)
		}
	}
	return nil
}

// Scan implements operators.Shelf.
func (s *shelf) Scan(prefix []byte, f func(key, value []byte) bool) error {
	if s.erased {
		return nil
	}
	return s.run.log.Scan(append(s.prefix[:len(s.prefix):len(s.prefix)], prefix...), func(key, value []byte) bool {
		return f(key[len(s.prefix):], value)
	})
}

// Put implements operators.Shelf.
func (s *shelf) Put(key, value []byte) error {
	s.put.add(key, value, true)
	return nil
}

// Delete implements operators.Shelf.
func (s *shelf) Delete(key []byte) error {
	s.put.add(key, nil, false)
	return nil
}

// DeletePrefix implements operators.Shelf. Instances say the same: a commit has it once.
func (s *shelf) DeletePrefix(prefix []byte) error {
	whole := append(s.prefix[:len(s.prefix):len(s.prefix)], prefix...)
	if !slices.ContainsFunc(s.gone, func(p []byte) bool { return bytes.Equal(p, whole) }) {
		s.gone = append(s.gone, whole)
	}
	return nil
}

// take makes what was put on the shelves part of a commit.
func (r *Run) takeShelves(tx *log.Tx) {
	for _, s := range r.shelves {
		if s.erased {
			tx.DeletePrefix = append(tx.DeletePrefix, s.prefix)
		}
		tx.DeletePrefix = append(tx.DeletePrefix, s.gone...)
	}
	tx.More = func(yield func(key, value []byte) bool) {
		for _, s := range r.shelves {
			for key, value := range s.put.all(s.prefix) {
				if !yield(key, value) {
					return
				}
			}
		}
	}
}

// tookShelves: it is there.
func (r *Run) tookShelves() {
	for _, s := range r.shelves {
		s.has = s.has || len(s.put.chunks) > 0
		s.erased, s.put, s.gone = false, changes{}, nil
	}
}

// changes are keys with their values, one after the other, in chunks that do not move.
type changes struct{ chunks [][]byte }

// chunkBytes is the size of a chunk.
const chunkBytes = 1 << 20

func (c *changes) add(key, value []byte, is bool) {
	need := 3*binary.MaxVarintLen64 + len(key) + len(value)
	last := len(c.chunks) - 1
	if last < 0 || cap(c.chunks[last])-len(c.chunks[last]) < need {
		c.chunks = append(c.chunks, make([]byte, 0, max(chunkBytes, need)))
		last++
	}
	b := binary.AppendUvarint(c.chunks[last], uint64(len(key)))
	b = append(b, key...)
	if !is {
		c.chunks[last] = binary.AppendUvarint(b, 0)
		return
	}
	b = binary.AppendUvarint(b, uint64(len(value))+1)
	c.chunks[last] = append(b, value...)
}

// all are the changes in the order they were made; a nil value is a key that is gone.
func (c *changes) all(prefix []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		buf := append([]byte(nil), prefix...)
		take := func(b []byte) (n uint64, rest []byte) {
			n, k := binary.Uvarint(b)
			return n, b[k:]
		}
		for _, b := range c.chunks {
			for len(b) > 0 {
				n, rest := take(b)
				buf = append(buf[:len(prefix)], rest[:n]...)
				n, b = take(rest[n:])
				var value []byte
				if n > 0 {
					value, b = b[:n-1:n-1], b[n-1:]
				}
				if !yield(buf, value) {
					return
				}
			}
		}
	}
}
