package log

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/edynamic/edynamic/runtime/sorted"
)

// Sorting is changes of the states whose keys begin with Prefix, without that, as files:
// for those that are very many. The batches are in the order in which they count. What was
// set under keys that begin with Prefix is gone, so that a batch must have what is to stay.
type Sorting struct {
	Prefix  []byte
	Batches []*sorted.Batch
}

// files are the sorted files of a log.
type files struct {
	fs  vfs.FS
	dir string

	mu    sync.Mutex
	in    *sorted.Dir
	lists map[string][]byte // by prefix: what is written down
	sets  map[string]*sorted.Set
}

// readLists reads what is written down of files.
func (l *stored) readLists() (map[string][]byte, error) {
	lists := map[string][]byte{}
	err := l.store.scan([]byte{fileKeys}, []byte{fileKeys + 1}, false, func(key, value []byte) bool {
		lists[string(key[1:])] = bytes.Clone(value)
		return true
	})
	return lists, err
}

// openFiles finds the files, and takes those away that nothing is known of.
func (l *stored) openFiles() (err error) {
	if l.files.lists, err = l.readLists(); err != nil {
		return err
	}
	l.files.in, err = sorted.LastingDir(l.files.fs, l.files.dir, slices.Collect(maps.Values(l.files.lists)))
	return err
}

// checkFiles finds out whether all files are there.
func (l *stored) checkFiles() error {
	lists, err := l.readLists()
	if err != nil {
		return err
	}
	for _, list := range lists {
		if err := sorted.Check(sorted.NewDir(l.files.fs, l.files.dir), list); err != nil {
			return err
		}
	}
	return nil
}

// Sorted implements Log.
func (l *stored) Sorted(prefix []byte) (set *sorted.Set, least int, err error) {
	if err := l.gone(); err != nil {
		return nil, 0, err
	}
	f := &l.files
	f.mu.Lock()
	defer f.mu.Unlock()
	set = f.sets[string(prefix)]
	if set != nil {
		return set, l.bulkBytes, nil
	}
	if list := f.lists[string(prefix)]; list == nil {
		set = sorted.New(f.in)
	} else if set, err = sorted.Open(f.in, list); err != nil {
		return nil, 0, fmt.Errorf("state in files of its own: %w", err)
	}
	f.sets[string(prefix)] = set
	return set, l.bulkBytes, nil
}

// sorting is what a commit does to files.
type sorting struct {
	prefix string
	gone   [][]byte
	plan   *sorted.Plan
}

// sort plans what becomes of files, and writes it down with the rest of the commit.
func (c *pending) sort(tx *Tx) (plans []sorting, err error) {
	all := map[string]*sorting{}
	of := func(prefix string) *sorting {
		if all[prefix] == nil {
			all[prefix] = &sorting{prefix: prefix}
		}
		return all[prefix]
	}
	c.l.files.mu.Lock()
	for _, p := range tx.DeletePrefix {
		for prefix := range c.l.files.lists {
			switch {
			case strings.HasPrefix(prefix, string(p)):
				of(prefix).gone = append(of(prefix).gone, nil)
			case strings.HasPrefix(string(p), prefix):
				of(prefix).gone = append(of(prefix).gone, p[len(prefix):])
			}
		}
	}
	c.l.files.mu.Unlock()
	batches := map[string][]*sorted.Batch{}
	for _, s := range tx.Sorted {
		of(string(s.Prefix))
		batches[string(s.Prefix)] = s.Batches
	}
	for _, prefix := range slices.Sorted(maps.Keys(all)) {
		s := *all[prefix]
		of, _, err := c.l.Sorted([]byte(prefix))
		if err == nil {
			s.plan, err = of.Plan(s.gone, batches[prefix]...)
		}
		if err != nil {
			return nil, errors.Join(err, drop(plans))
		}
		plans = append(plans, s)
		if list := s.plan.List(); list != nil {
			c.changes = append(c.changes, change{set, named(fileKeys, prefix), list})
		} else {
			c.changes = append(c.changes, change{remove, named(fileKeys, prefix), nil})
		}
	}
	return plans, nil
}

func drop(plans []sorting) error {
	var errs []error
	for _, s := range plans {
		errs = append(errs, s.plan.Drop())
	}
	return errors.Join(errs...)
}

// sorted tells that plans are written down.
func (f *files) sorted(plans []sorting) error {
	var errs []error
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range plans {
		if list := s.plan.List(); list != nil {
			f.lists[s.prefix] = list
		} else {
			delete(f.lists, s.prefix)
		}
		errs = append(errs, s.plan.Done())
	}
	return errors.Join(errs...)
}

func (f *files) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, s := range f.sets {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
