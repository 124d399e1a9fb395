package state

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// bulk is many keys on their way to the store, each behind the one before: a table as the
// store has them, so that they take neither room in its memory nor the time to sort them.
type bulk struct {
	path  string
	out   *sstable.Writer
	bytes int
	last  []byte // its largest key
}

// bulk begins one that holds what a batch does, whose keys ascend.
func (s *Store) bulk(b *pebble.Batch) (*bulk, error) {
	s.mu.Lock()
	s.bulks++
	path := filepath.Join(s.path, fmt.Sprintf("bulk-%06d", s.bulks))
	s.mu.Unlock()
	f, err := vfs.Default.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	o := &bulk{path: path, out: sstable.NewWriter(objstorageprovider.NewFileWritable(f), s.opts.MakeWriterOptions(0, s.db.TableFormat()))}
	if b == nil {
		return o, nil
	}
	for r := b.Reader(); ; {
		_, key, value, ok, err := r.Next()
		if err == nil && ok {
			err = o.set(key, value)
		}
		if err != nil {
			return nil, errors.Join(err, o.out.Close())
		}
		if !ok {
			return o, nil
		}
	}
}

func (o *bulk) set(key, value []byte) error {
	o.bytes += len(key) + len(value)
	o.last = append(o.last[:0], key...)
	return o.out.Set(key, value)
}

// take makes it part of the store.
func (o *bulk) take(db *pebble.DB) error {
	if err := o.out.Close(); err != nil {
		return err
	}
	return db.Ingest(context.Background(), []string{o.path})
}
