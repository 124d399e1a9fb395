// Package state keeps groups of operators in a store on disk for as long as a run lasts,
// where memory has no room for them.
//
// Nothing in it outlives the run: a run that goes on later keeps its groups with its
// checkpoints. It must never be read by another process.
package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"

	"github.com/edynamic/edynamic/operators"
)

// The memory that the store takes for itself: of blocks that were read last, and of what
// waits to be written.
const (
	cacheBytes  = 48 << 20
	memoryBytes = 8 << 20
	// indexBytes lets a file have one index, and fileBytes lets there be few files.
	indexBytes = 1 << 20
	fileBytes  = 16 << 20
)

// Store is the shelves of a run. Its zero value cannot be used; nothing is on disk before
// the first group.
type Store struct {
	dir string // where folders are made

	mu      sync.Mutex
	path    string // of the store, "" before it is made
	db      *pebble.DB
	opts    *pebble.Options
	bulks   int // that were begun
	shelves map[string]*shelf
}

// New is a store in a folder of its own below dir, or below the machine's for temporary
// files where that is "".
func New(dir string) *Store { return &Store{dir: dir, shelves: map[string]*shelf{}} }

// open makes the store when something is put there first.
func (s *Store) open() (*pebble.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		return s.db, nil
	}
	path, err := os.MkdirTemp(s.dir, "edyc-state-")
	if err != nil {
		return nil, fmt.Errorf("a folder for state that memory has no room for: %w", err)
	}
	s.path = path
	opts := &pebble.Options{
		DisableWAL: true, Logger: quiet{}, FormatMajorVersion: pebble.FormatNewest,
		CacheSize: cacheBytes, MemTableSize: memoryBytes, MemTableStopWritesThreshold: 3,
		L0CompactionThreshold: 4, L0StopWritesThreshold: 24, LBaseMaxBytes: 256 << 20,
		CompactionConcurrencyRange: func() (int, int) { return 1, 2 },
		DisableTableStats:          true,
	}
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		opts.Levels[i].IndexBlockSize = indexBytes
		opts.TargetFileSizes[i] = fileBytes
	}
	opts.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	s.opts = opts
	if s.db, err = pebble.Open(filepath.Join(path, "groups"), opts); err != nil {
		return nil, fmt.Errorf("state that memory has no room for: %w", err)
	}
	return s.db, nil
}

// Shelf implements exec.Shelves.
func (s *Store) Shelf(id string) operators.Shelf { return s.shelf(id) }

func (s *Store) shelf(id string) *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.shelves[id]
	if h == nil {
		h = &shelf{store: s, prefix: []byte(fmt.Sprintf("%04x", len(s.shelves)))}
		s.shelves[id] = h
	}
	return h
}

// Clear implements exec.Shelves.
func (s *Store) Clear(id string) {
	_ = s.shelf(id).clear() // what is left takes room and is not read
}

// Close takes everything off the disk.
func (s *Store) Close() error {
	if s.path == "" {
		return nil
	}
	var errs []error
	for _, h := range s.shelves {
		errs = append(errs, h.close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(s.path))...)
}

// after is the first key behind those that begin with a prefix, of letters and digits or
// any key behind such a one.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// quiet keeps the store's own chatter out of the output.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}

// Fatalf is called where the store cannot go on.
func (quiet) Fatalf(format string, args ...any) {
	fmt.Fprintln(os.Stderr, "edyc: state that memory has no room for:", fmt.Sprintf(format, args...))
	os.Exit(1)
}
