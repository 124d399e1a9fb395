package log

import (
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// sudden is a file system on which a process ends where its write-ahead log cannot be
// written: the store does not know then what the disk holds, and where it closes one log
// and begins the next it cannot go on, or give up, in an orderly way.
type sudden struct {
	vfs.FS
	opened *atomic.Bool // before that, what fails is why the store cannot be opened
	fatal  func(reason string)
}

// isLog tells the write-ahead logs of a store by their names.
func isLog(name string) bool { return strings.HasSuffix(name, ".log") }

// check ends the process over an error of a log.
func (s sudden) check(err error) error {
	if err != nil && s.opened.Load() {
		s.fatal(err.Error())
	}
	return err
}

func (s sudden) file(name string, f vfs.File, err error) (vfs.File, error) {
	if !isLog(name) {
		return f, err
	}
	if err := s.check(err); err != nil {
		return nil, err
	}
	return suddenFile{f, s}, nil
}

// Create implements vfs.FS.
func (s sudden) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.Create(name, c)
	return s.file(name, f, err)
}

// ReuseForWrite implements vfs.FS.
func (s sudden) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.ReuseForWrite(from, to, c)
	return s.file(to, f, err)
}

// Unwrap implements vfs.FS.
func (s sudden) Unwrap() vfs.FS { return s.FS }

type suddenFile struct {
	vfs.File
	s sudden
}

// Write implements vfs.File.
func (f suddenFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	return n, f.s.check(err)
}

// Sync implements vfs.File.
func (f suddenFile) Sync() error { return f.s.check(f.File.Sync()) }

// SyncData implements vfs.File.
func (f suddenFile) SyncData() error { return f.s.check(f.File.SyncData()) }

// SyncTo implements vfs.File.
func (f suddenFile) SyncTo(length int64) (bool, error) {
	full, err := f.File.SyncTo(length)
	return full, f.s.check(err)
}

// Close implements vfs.File.
func (f suddenFile) Close() error { return f.s.check(f.File.Close()) }
