// Package sorted keeps keys with their values in files, each of which is sorted and never
// changes: what is put goes to a new file, and when files are many some become one.
//
// It is for groups of state: very many small ones, found by their keys in any order, some
// thousand at a time, of which most are written again. So what says where a key may be is
// in memory, one block of a file is read for a key that is there, and hardly ever one for
// a key that is not. Nothing here syncs what need not outlive the process.
package sorted

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/zeebo/xxh3"
)

// Set is the keys of files. Its methods may be called from several goroutines.
type Set struct {
	dir *Dir

	mu      sync.Mutex
	layers  []layer // the oldest first; the slice never changes, another takes its place
	stated  []layer // what was written down last
	merging bool
	failed  error // of a merge
	work    sync.WaitGroup
	stop    atomic.Bool
}

// layer is keys of one file, and what they came on top of: all that is older and begins
// with one of some prefixes is gone.
type layer struct {
	gone prefixes
	run  *Run // nil for none, in the youngest alone
}

// New is an empty set whose files lie in a folder.
func New(dir *Dir) *Set { return &Set{dir: dir} }

// Empty reports that nothing is in it.
func (s *Set) Empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.layers) == 0
}

// Beside is how many bytes it takes in memory to find keys by.
func (s *Set) Beside() (n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.layers {
		if l.run != nil {
			n += l.run.beside
		}
	}
	return n
}

// NewBatch is a batch of keys for it.
func (s *Set) NewBatch() *Batch { return &Batch{dir: s.dir, ascends: true} }

// take is the layers as they are. They must be given back.
func (s *Set) take() []layer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return refer(s.layers)
}

// refer takes a reference to each run.
func refer(layers []layer) []layer {
	for _, l := range layers {
		if l.run != nil {
			l.run.refs.Add(1)
		}
	}
	return layers
}

func giveBack(layers []layer) error {
	var errs []error
	for _, l := range layers {
		if l.run != nil {
			errs = append(errs, l.run.release())
		}
	}
	return errors.Join(errs...)
}

// readers is how many goroutines look for keys, and fewest how many each of them must have
// to look for.
const (
	readers = 4
	fewest  = 64
)

// Get calls f for those of some keys, ascending, that are there, in their order. A value is
// valid until f returns.
func (s *Set) Get(keys [][]byte, f func(i int, value []byte)) (err error) {
	layers := s.take()
	defer func() { err = errors.Join(err, giveBack(layers)) }()
	if len(layers) == 0 {
		return nil
	}
	found := make([][]byte, len(keys))
	n := max(min(readers, len(keys)/fewest), 1)
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		from, to := i*len(keys)/n, (i+1)*len(keys)/n
		look := func() { errs[i] = find(layers, keys[from:to], found[from:to]) }
		if n == 1 {
			look()
		} else {
			all.Go(look)
		}
	}
	all.Wait()
	for i, v := range found {
		if v != nil {
			f(i, v)
		}
	}
	return errors.Join(errs...)
}

// find finds values of keys, from the youngest layer to the oldest.
func find(layers []layer, keys [][]byte, found [][]byte) error {
	hashes, left := make([]uint64, len(keys)), make([]int32, len(keys))
	for i, k := range keys {
		hashes[i], left[i] = xxh3.Hash(k), int32(i)
	}
	var arena []byte
	var in finder
	for i := len(layers) - 1; i >= 0 && len(left) > 0; i-- {
		l, rest := layers[i], left[:0]
		in = finder{run: l.run, block: -1, buf: in.buf}
		for _, k := range left {
			if l.run != nil {
				value, there, err := in.find(keys[k], hashes[k])
				if err != nil {
					return err
				}
				if there {
					arena, found[k] = kept(arena, value)
					continue
				}
			}
			if len(l.gone) == 0 || !l.gone.has(keys[k]) {
				rest = append(rest, k)
			}
		}
		left = rest
	}
	return nil
}

// kept copies a value, unless it is none, to an arena that may be another one then.
func kept(arena, value []byte) (next, copied []byte) {
	if value == nil {
		return arena, nil
	}
	if arena == nil || cap(arena)-len(arena) < len(value) {
		arena = make([]byte, 0, max(64<<10, len(value)))
	}
	at := len(arena)
	arena = append(arena, value...)
	return arena, arena[at:len(arena):len(arena)]
}

// Scan calls f for the keys that begin with a prefix, in order, until it returns false.
// What f is given is valid until it returns.
func (s *Set) Scan(prefix, from []byte, f func(key, value []byte) bool) (err error) {
	layers := s.take()
	defer func() { err = errors.Join(err, giveBack(layers)) }()
	if bytes.Compare(from, prefix) < 0 {
		from = prefix
	}
	m, err := newMerger(layers, from)
	if err != nil {
		return err
	}
	return m.each(func(key, value []byte) bool {
		if !bytes.HasPrefix(key, prefix) {
			return false
		}
		return value == nil || f(key, value)
	})
}

// Add puts the keys of a batch on top, after everything that begins with one of some
// prefixes is gone.
func (s *Set) Add(gone [][]byte, b *Batch) error {
	var runs []*Run
	if b != nil {
		var err error
		if runs, err = b.finish(); err != nil {
			return err
		}
	}
	return s.add(gone, runs)
}

func (s *Set) add(gone [][]byte, runs []*Run) error {
	s.mu.Lock()
	before := s.layers
	s.layers = plus(before, gone, runs)
	left := without(before, s.layers)
	s.merge()
	err := s.failed
	s.mu.Unlock()
	return errors.Join(err, giveBack(left))
}

// plus puts runs on top of layers from which some prefixes are gone.
func plus(layers []layer, gone prefixes, runs []*Run) []layer {
	gone = prefixes(nil).with(gone...)
	out := make([]layer, 0, len(layers)+1+len(runs))
	for _, l := range layers {
		if l.run != nil && gone.hasAll(l.run.blocks.key(0), l.run.last) {
			l.run = nil
		}
		out = append(out, l)
	}
	out = append(out, layer{gone: gone})
	for _, r := range runs {
		out = append(out, layer{run: r})
	}
	return tidy(out)
}

// tidy gives what is gone to the next run that is younger, and leaves it out below the
// oldest.
func tidy(layers []layer) []layer {
	var out []layer
	var gone prefixes
	for _, l := range layers {
		gone = gone.with(l.gone...)
		if len(out) == 0 {
			gone = nil
		}
		if l.run != nil {
			out = append(out, layer{gone, l.run})
			gone = nil
		}
	}
	if len(gone) > 0 {
		out = append(out, layer{gone: gone})
	}
	return out
}

// without are the layers whose runs others do not have.
func without(layers, others []layer) []layer {
	return slices.DeleteFunc(slices.Clone(layers), func(l layer) bool {
		return slices.ContainsFunc(others, func(o layer) bool { return o.run == l.run })
	})
}

// Close ends the set. The files are taken away, unless they are written down.
func (s *Set) Close() error {
	s.stop.Store(true)
	s.work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.stated {
		if l.run != nil {
			l.run.keep.Store(true)
		}
	}
	err := errors.Join(giveBack(s.layers), giveBack(s.stated))
	s.layers, s.stated = nil, nil
	return err
}
