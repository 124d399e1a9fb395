package log

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// guard is a small file beside the store that knows how many writes were made last. A
// store reads what is left of files that were cut or taken away as if nothing more had
// been written; the guard tells that there was more.
//
// It is written after a write was made last, and not made last itself: it may know less
// than the store, and never more.
type guard struct {
	file vfs.File
}

// guardName begins with no word that the store uses.
const guardName = "guard"

// guardSize is the bytes of a guard: a number and a checksum.
const guardSize = 12

// checkGuard refuses a store that knows of fewer writes than its guard.
func checkGuard(disk vfs.FS, dir string, known uint64) error {
	path := disk.PathJoin(dir, guardName)
	f, err := disk.Open(path)
	if err != nil {
		return err
	}
	if made, ok := (&guard{f}).read(); ok && made > known {
		err = fmt.Errorf("it has lost its last %d writes of %d: a file of it was cut or taken away. Put the folder back from a copy; without one, delete %s to go on from what is left",
			made-known, made, path)
	}
	return errors.Join(err, f.Close())
}

// openGuard opens the guard of a store that knows of a number of writes. One that is not
// there, or not whole, is made anew.
func openGuard(disk vfs.FS, dir string, known uint64) (*guard, error) {
	f, err := disk.OpenReadWrite(disk.PathJoin(dir, guardName), vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	g := &guard{f}
	return g, g.write(known)
}

func (g *guard) read() (uint64, bool) {
	b := make([]byte, guardSize)
	if n, err := g.file.ReadAt(b, 0); n < guardSize || err != nil && n < guardSize {
		return 0, false
	}
	return binary.BigEndian.Uint64(b), crc32.Checksum(b[:8], castagnoli) == binary.BigEndian.Uint32(b[8:])
}

func (g *guard) write(made uint64) error {
	b := binary.BigEndian.AppendUint64(nil, made)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	_, err := g.file.WriteAt(b, 0)
	return err
}

func (g *guard) close() error { return g.file.Close() }
