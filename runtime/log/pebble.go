package log

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/atomicfs"

	"github.com/edynamic/edynamic/runtime/room"
)

// Disk is where a log lies and what happens when it fails for good.
type Disk struct {
	FS vfs.FS // nil for the machine's
	// Fatal is called when the disk fails in a way after which nobody knows what it
	// holds; the log is unusable then, and Fatal must not return. What was committed is
	// there when the folder is opened again. nil ends the process with status 1.
	Fatal func(reason string)
	// Room waits for room on a full disk; nil tells nobody.
	Room *room.Waiter
	// BulkBytes is how much must be written ahead to a partition before it gets a file of
	// its own; 0 is as much as is good.
	BulkBytes int
}

// memTableBytes is how much the store keeps in memory before it writes a file, twice: once
// while that is being written. What is large goes to files of its own (bulkBytes).
const memTableBytes = 8 << 20

// OpenPebble opens or makes the log in a folder. A folder that another process has
// open is refused.
func OpenPebble(dir string, disk Disk) (Log, error) {
	fs := disk.FS
	if fs == nil {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, fmt.Errorf("data folder %s: %w", dir, err)
		}
		fs = vfs.Default
	}
	wait := disk.Room
	if wait == nil {
		wait = &room.Waiter{}
	}
	told := quiet{dir, disk.Fatal}
	opened := &atomic.Bool{}
	fs = &sudden{patient{orderly{fs}, wait}, opened, told.end} // the store compares file systems
	opts := &pebble.Options{
		FS:                 fs,
		Logger:             told,
		FormatMajorVersion: pebble.FormatNewest,
		MemTableSize:       memTableBytes,
		WALBytesPerSync:    1 << 20, // so that little is left to be done when a commit waits
		// They are collected beside an Open that fails, and then find nothing there.
		DisableTableStats: true,
	}
	// Groups of states are looked for that may not be there.
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	// Payloads are compressed where they are made.
	opts.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	if err := look(fs, dir, *opts); err != nil {
		return nil, fmt.Errorf("data folder %s: %w", dir, err)
	}
	opts.DisableTableStats = false // they tell what is worth to be compacted
	db, err := openStore(dir, opts)
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", dir, err)
	}
	opened.Store(true)
	store := newPebbleStore(db)
	store.fs, store.dir, store.opts = fs, dir, opts
	l := newStored(store, fs, dir)
	if disk.BulkBytes > 0 {
		l.bulkBytes = disk.BulkBytes
	}
	if err := errors.Join(store.dropBulks(), l.open()); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s: %w", dir, err), l.store.close())
	}
	if l.guard, err = openGuard(fs, dir, l.made); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s: %w", dir, err), l.store.close())
	}
	return l, nil
}

// stamp tells a folder without a store which version of the store's form comes there. The
// store would begin with the oldest and go from one to the next, and make each last.
func stamp(fs vfs.FS, dir string) error {
	if _, err := fs.Stat(dir); err != nil {
		return nil // the store makes the folder
	}
	names, err := fs.List(dir)
	if err != nil || slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, "marker.") }) {
		return err
	}
	m, _, err := atomicfs.LocateMarker(fs, dir, "format-version")
	if err != nil {
		return err
	}
	return errors.Join(m.Move(pebble.FormatNewest.String()), m.Close())
}

// look opens a store that a guard stands beside without changing anything, and finds
// whether all is there: a store that is opened to be written to takes files away that it
// does not know of, and what is known of a damaged one may be nothing.
func look(fs vfs.FS, dir string, opts pebble.Options) error {
	if _, err := fs.Stat(fs.PathJoin(dir, guardName)); err != nil {
		return nil // there was never a store, or one whose guard is made anew
	}
	opts.ReadOnly = true
	db, err := openStore(dir, &opts)
	if err != nil {
		return err
	}
	l := newStored(newPebbleStore(db), fs, dir)
	if err = l.countWrites(); err == nil {
		err = errors.Join(checkGuard(fs, dir, l.made), l.checkFiles())
	}
	return errors.Join(err, l.store.close())
}

// openStore opens the store. Where it finds while it opens that a disk does not keep what
// it was given, it panics with the disk's error.
func openStore(dir string, opts *pebble.Options) (db *pebble.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			failed, ok := r.(error)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("the disk failed: %w", failed)
		}
	}()
	if !opts.ReadOnly {
		if err := stamp(opts.FS, dir); err != nil {
			return nil, err
		}
	}
	return pebble.Open(dir, opts)
}

// quiet keeps the store's own chatter out of the output.
type quiet struct {
	dir   string
	fatal func(reason string)
}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}

// Fatalf is called where the store cannot go on.
func (q quiet) Fatalf(format string, args ...any) { q.end(fmt.Sprintf(format, args...)) }

// end ends the process, or tells whoever does.
func (q quiet) end(reason string) {
	if q.fatal == nil {
		fmt.Fprintln(os.Stderr, "edyc:", fatalText(q.dir, reason))
		os.Exit(1)
	}
	q.fatal(reason)
}

// fatalText says in words what the store cannot go on from.
func fatalText(dir, reason string) string {
	if strings.Contains(reason, "corruption") {
		return fmt.Sprintf("the data folder %s is damaged: %s\n  Nothing was read from it that is not what was written. Put the folder back from a copy.", dir, reason)
	}
	return fmt.Sprintf("the data folder %s cannot be written any more, so the run ends here: %s\n"+
		"  Nothing that was committed is lost; start again when the disk is well.", dir, reason)
}

type pebbleStore struct {
	db   *pebble.DB
	fs   vfs.FS
	dir  string
	opts *pebble.Options

	bulks atomic.Int64 // files that were begun
	// reclaiming is going on at most once at a time, until stop.
	reclaiming atomic.Bool
	work       sync.WaitGroup
	ctx        context.Context
	stop       context.CancelFunc
}

func newPebbleStore(db *pebble.DB) *pebbleStore {
	s := &pebbleStore{db: db}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// reclaim implements store. The store would do so only when enough has come on top of what
// was deleted; where it cannot be done now, it is done then.
func (s *pebbleStore) reclaim(from, to []byte) {
	if !s.reclaiming.CompareAndSwap(false, true) {
		return
	}
	s.work.Go(func() {
		defer s.reclaiming.Store(false)
		_ = s.db.Compact(s.ctx, from, to, false) // nothing depends on it
	})
}

func (s *pebbleStore) get(key []byte) ([]byte, error) {
	v, done, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := append([]byte{}, v...)
	return out, done.Close()
}

func (s *pebbleStore) scan(from, to []byte, reverse bool, f func(key, value []byte) bool) (err error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	first, step := it.First, it.Next
	if reverse {
		first, step = it.Last, it.Prev
	}
	for ok := first(); ok; ok = step() {
		v, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		if !f(it.Key(), v) {
			return nil
		}
	}
	return it.Error()
}

func (s *pebbleStore) apply(changes []change, more iter.Seq2[[]byte, []byte], sync bool) error {
	b := s.db.NewBatchWithSize(sizeOf(changes))
	defer b.Close()
	for _, c := range changes {
		var err error
		switch c.kind {
		case set:
			err = b.Set(c.key, c.value, nil)
		case remove:
			err = b.Delete(c.key, nil)
		case removeRange:
			end := c.value
			if end == nil {
				end = bytes.Repeat([]byte{0xff}, 64)
			}
			err = b.DeleteRange(c.key, end, nil)
		}
		if err != nil {
			return err
		}
	}
	if err := setMore(b, more); err != nil {
		return err
	}
	return b.Commit(&pebble.WriteOptions{Sync: sync})
}

// leastBatch is the bytes of a batch to begin with.
const leastBatch = 1 << 10

// sizeOf is about how many bytes a batch of changes has: one that grows is copied again and
// again.
func sizeOf(changes []change) int {
	size := leastBatch
	for _, c := range changes {
		size += 1 + 2*binary.MaxVarintLen32 + len(c.key) + len(c.value)
	}
	return size
}

func setMore(b *pebble.Batch, more iter.Seq2[[]byte, []byte]) (err error) {
	if more == nil {
		return nil
	}
	for key, value := range more {
		if value == nil {
			err = b.Delete(key, nil)
		} else {
			err = b.Set(key, value, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// replayBytes is how much may be left for the next process to read again when it opens the
// store.
const replayBytes = 4 << 20

func (s *pebbleStore) close() error {
	s.stop()
	s.work.Wait()
	var err error
	if s.db.Metrics().WAL.Size > replayBytes {
		err = s.db.Flush()
	}
	return errors.Join(err, s.db.Close())
}
