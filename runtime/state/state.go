// Package state keeps groups of operators on disk for as long as a run lasts, where memory
// has no room for them.
//
// Nothing in it outlives the run: a run that goes on later keeps its groups with its
// checkpoints. It must never be read by another process.
package state

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/sorted"
)

// Store is the shelves of a run. Its zero value cannot be used; nothing is on disk before
// the first group.
type Store struct {
	in string // where the folder of the store is made

	mu      sync.Mutex
	path    string // of the folder, "" before it is made
	dir     *sorted.Dir
	shelves map[string]*shelf
}

// New is a store in a folder of its own in another, or among the machine's temporary files
// where that is "".
func New(in string) *Store { return &Store{in: in, shelves: map[string]*shelf{}} }

// open makes the folder when something is put there first.
func (s *Store) open() (*sorted.Dir, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir != nil {
		return s.dir, nil
	}
	path, err := os.MkdirTemp(s.in, "edyc-state-")
	if err != nil {
		return nil, fmt.Errorf("a folder for state that memory has no room for: %w", err)
	}
	s.path, s.dir = path, sorted.NewDir(vfs.Default, path)
	return s.dir, nil
}

// Shelf implements exec.Shelves.
func (s *Store) Shelf(id string) operators.Shelf { return s.shelf(id) }

func (s *Store) shelf(id string) *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.shelves[id]
	if h == nil {
		h = &shelf{store: s}
		s.shelves[id] = h
	}
	return h
}

// Clear implements exec.Shelves.
func (s *Store) Clear(id string) {
	_ = s.shelf(id).DeletePrefix(nil) // what is left takes room and is not read
}

// Beside implements exec.Shelves.
func (s *Store) Beside() (n int64) {
	s.mu.Lock()
	all := slices.Collect(maps.Values(s.shelves)) // a shelf asks for its store
	s.mu.Unlock()
	for _, h := range all {
		n += h.beside()
	}
	return n
}

// Close takes everything off the disk.
func (s *Store) Close() error {
	if s.path == "" {
		return nil
	}
	var errs []error
	for _, h := range s.shelves {
		if h.set != nil {
			errs = append(errs, h.put.Drop(), h.set.Close())
		}
	}
	return errors.Join(append(errs, os.RemoveAll(s.path))...)
}
