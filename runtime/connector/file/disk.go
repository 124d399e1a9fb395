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
	wait  *room.Waiter
	early early
}

// Write implements io.Writer.
func (f *patientFile) Write(b []byte) (int, error) {
	n, err := f.wait.Write(f.Name(), b, f.File.Write)
	f.early.wrote(n)
	return n, err
}

// Sync implements DiskFile.
func (f *patientFile) Sync() error {
	if err := f.early.settle(); err != nil {
		return err
	}
	return f.File.Sync()
}

// Close implements DiskFile.
func (f *patientFile) Close() error { return errors.Join(f.early.settle(), f.File.Close()) }

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
	if err == nil {
		err = syncFolder(path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &patientFile{File: f, wait: m.wait, early: early{file: f}}, nil
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
