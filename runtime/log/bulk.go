package log

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// bulkPrefix begins the names of files that are not part of the store yet. No name of the
// store begins with it.
const bulkPrefix = "ahead-"

// bulkSync is how many bytes of such a file may wait to reach the disk. Whoever writes more
// waits for those before, which have mostly got there by then; with 1 MiB they have not.
const bulkSync = 4 << 20

// pebbleBulk is keys on their way into the store: a table as the store has them.
type pebbleBulk struct {
	fs     vfs.FS
	path   string
	out    *sstable.Writer
	closed bool
	bytes  int64
}

func (s *pebbleStore) bulk() (bulk, error) {
	path := s.fs.PathJoin(s.dir, fmt.Sprintf("%s%06d", bulkPrefix, s.bulks.Add(1)))
	f, err := s.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	f = vfs.NewSyncingFile(f, vfs.SyncingFileOptions{BytesPerSync: bulkSync})
	out := sstable.NewWriter(objstorageprovider.NewFileWritable(f), s.opts.MakeWriterOptions(0, s.db.TableFormat()))
	return &pebbleBulk{fs: s.fs, path: path, out: out}, nil
}

func (b *pebbleBulk) set(key, value []byte) error {
	b.bytes += int64(len(key) + len(value))
	return b.out.Set(key, value)
}

func (b *pebbleBulk) size() int64 { return b.bytes }

func (b *pebbleBulk) finish() error {
	if b.closed {
		return nil
	}
	b.closed = true
	return b.out.Close()
}

func (b *pebbleBulk) drop() error { return errors.Join(b.finish(), b.fs.Remove(b.path)) }

func (s *pebbleStore) take(bulks []bulk) error {
	paths := make([]string, len(bulks))
	for i, b := range bulks {
		paths[i] = b.(*pebbleBulk).path
	}
	return s.db.Ingest(context.Background(), paths)
}

// dropBulks takes files away that a process which is gone has not finished.
func (s *pebbleStore) dropBulks() error {
	names, err := s.fs.List(s.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		if strings.HasPrefix(name, bulkPrefix) {
			errs = append(errs, s.fs.Remove(s.fs.PathJoin(s.dir, name)))
		}
	}
	return errors.Join(errs...)
}
