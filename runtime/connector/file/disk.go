package file

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/edynamic/edynamic/runtime/room"
)

// Disk is where outputs that outlive their process are written. Tests put one in its
// place whose power can be cut.
type Disk interface {
	// OpenAt opens a file for writing behind its first bytes, which it must have; what is
	// behind them is cut off. A file that is not there is made.
	OpenAt(path string, size int64) (DiskFile, error)
	// Size is the length of a file, -1 where there is none.
	Size(path string) (int64, error)
	Open(path string) (io.ReadCloser, error)
	// Rename puts a file in the place of another, for good.
	Rename(from, to string) error
	Remove(path string) error
}

// DiskFile is a file that is being written.
type DiskFile interface {
	io.Writer
	// Sync makes what was written last.
	Sync() error
	Close() error
}

// machine is the disk of this machine.
type machine struct{ wait *room.Waiter }

// patientFile waits where the disk is full.
type patientFile struct {
	*os.File
	wait    *room.Waiter
	size    int64
	written int64 // since it was opened
	early   early
	direct  *direct    // writes the rest of a large file, nil for one that is not
	named   chan error // gets what came of making its name last; nil once that is known
}

// Write implements io.Writer.
func (f *patientFile) Write(b []byte) (int, error) {
	if f.direct != nil {
		return f.direct.Write(b)
	}
	n, err := f.wait.Write(f.Name(), b, f.File.Write)
	f.size, f.written = f.size+int64(n), f.written+int64(n)
	f.early.wrote(n)
	if err == nil && f.written >= directFrom && f.written-int64(n) < directFrom {
		f.direct, _ = newDirect(f.File, f.size, f.wait) // where that cannot be, all goes on as it did
	}
	return n, err
}

// Sync implements DiskFile.
func (f *patientFile) Sync() error {
	if err := errors.Join(f.flush(), f.nameLasts(), f.early.settle()); err != nil {
		return err
	}
	return f.File.Sync()
}

// flush lets the file have all that was written.
func (f *patientFile) flush() error {
	if f.direct == nil {
		return nil
	}
	return f.direct.flush()
}

// nameLasts waits until the name of the file is there for good, which it need not be before
// its content is.
func (f *patientFile) nameLasts() error {
	if f.named == nil {
		return nil
	}
	err := <-f.named
	f.named = nil
	return err
}

// Close implements DiskFile.
func (f *patientFile) Close() error {
	var err error
	if f.direct != nil {
		err = f.direct.close()
	}
	return errors.Join(err, f.nameLasts(), f.early.settle(), f.File.Close())
}

func (m machine) OpenAt(path string, size int64) (DiskFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = errors.New("there is no such folder")
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < size {
		err = errShorter
	}
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	named := make(chan error, 1)
	go func() { named <- syncFolder(path) }()
	return &patientFile{File: f, wait: m.wait, size: size, early: early{file: f}, named: named}, nil
}

// errShorter: something else has written to the file.
var errShorter = errors.New("it has fewer bytes than were written to it; put back what was taken away, or start with a new data folder")

func (machine) Size(path string) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (machine) Open(path string) (io.ReadCloser, error) { return os.Open(path) }

func (machine) Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(to)
}

func (machine) Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolder makes the names in the folder of a path last.
func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
