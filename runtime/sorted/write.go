package sorted

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/zeebo/xxh3"

	"github.com/edynamic/edynamic/operators/spill/bloom"
)

// writeBytes is how much is written to a file at a time, and syncBytes how much may wait
// to reach the disk, of a file that outlives the process.
const (
	writeBytes = 256 << 10
	syncBytes  = 4 << 20
)

// writer writes a run.
type writer struct {
	dir    *Dir
	run    *Run
	file   vfs.File // nil before anything is written
	buf    []byte   // blocks that are not written yet, and the one at hand
	block  int      // where that begins in buf
	begins bool     // the entry to come is the first of a block
	hashes []uint64
	from   int // first block of the section at hand
}

func (d *Dir) writer() *writer { return &writer{dir: d, run: &Run{fs: d.fs}, begins: true} }

// create makes the file when something is written to it first.
func (w *writer) create() (err error) {
	w.run.name, w.run.path = w.dir.next()
	if w.file, err = w.dir.fs.Create(w.run.path, vfs.WriteCategoryUnspecified); err != nil {
		return err
	}
	if w.dir.lasts {
		w.file = vfs.NewSyncingFile(w.file, vfs.SyncingFileOptions{BytesPerSync: syncBytes})
	}
	return nil
}

// add adds a key behind all others; a nil value is a key that is gone.
func (w *writer) add(key, value []byte) error {
	b := &w.run.blocks
	if w.begins {
		n := len(key)
		if b.n() > 0 {
			n = min(n, common(w.run.last, key)+1)
		}
		b.arena = append(b.arena, key[:n]...)
		b.keys = append(b.keys, uint32(len(b.arena)))
		w.begins = false
	}
	w.run.last = append(w.run.last[:0], key...)
	w.hashes = append(w.hashes, xxh3.Hash(key))
	w.buf = append(binary.AppendUvarint(w.buf, uint64(len(key))), key...)
	if value == nil {
		w.buf = append(w.buf, 0)
	} else {
		w.buf = append(binary.AppendUvarint(w.buf, uint64(len(value))+1), value...)
	}
	if len(w.buf)-w.block < blockBytes-sumBytes {
		return nil
	}
	return w.endBlock()
}

// common is how many bytes two keys begin with alike.
func common(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func (w *writer) endBlock() error {
	w.buf = binary.LittleEndian.AppendUint32(w.buf, crc32.Checksum(w.buf[w.block:], castagnoli))
	w.run.size += int64(len(w.buf) - w.block)
	w.run.blocks.ends = append(w.run.blocks.ends, w.run.size)
	w.block, w.begins = len(w.buf), true
	if len(w.hashes) >= sectionKeys {
		w.endSection()
	}
	if len(w.buf) < writeBytes {
		return nil
	}
	return w.flush()
}

func (w *writer) endSection() {
	f := bloom.New(len(w.hashes))
	for _, h := range w.hashes {
		f.Add(h)
	}
	w.run.parts = append(w.run.parts, section{w.from, f})
	w.hashes, w.from = w.hashes[:0], w.run.blocks.n()
}

func (w *writer) flush() error {
	if w.file == nil {
		if err := w.create(); err != nil {
			return err
		}
	}
	_, err := w.file.Write(w.buf)
	w.buf, w.block = w.buf[:0], 0
	return err
}

// finish ends the run, which has at least one entry, with one reference, of whom it is given
// to. Its file is opened to be read; one that need not last and is small is never made.
func (w *writer) finish() (_ *Run, err error) {
	if len(w.buf) > w.block {
		if err := w.endBlock(); err != nil {
			return nil, errors.Join(err, w.drop())
		}
	}
	if len(w.hashes) > 0 {
		w.endSection()
	}
	w.run.refs.Store(1)
	if w.file == nil && !w.dir.lasts {
		w.run.small = bytes.Clone(w.buf)
		w.run.weigh()
		return w.run, nil
	}
	w.run.blocks.clip()
	w.run.weigh()
	if w.dir.lasts {
		err = w.writeTail()
	}
	if err == nil {
		err = w.flush()
	}
	if err == nil && w.dir.lasts {
		err = w.file.Sync()
	}
	if err != nil {
		return nil, errors.Join(err, w.drop())
	}
	if err := w.file.Close(); err != nil {
		return nil, err
	}
	w.run.file, err = w.dir.fs.Open(w.run.path)
	return w.run, err
}

// drop gives the file up.
func (w *writer) drop() error {
	if w.file == nil {
		return nil
	}
	return errors.Join(w.file.Close(), w.dir.fs.Remove(w.run.path))
}
