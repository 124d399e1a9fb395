package log

import (
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/edynamic/edynamic/runtime/room"
)

// patient is a file system that waits where its disk is full: the store cannot go on from
// a write that was done by half.
type patient struct {
	vfs.FS
	wait *room.Waiter
}

func (p patient) file(name string, open func() (vfs.File, error)) (vfs.File, error) {
	var f vfs.File
	err := p.wait.Do(name, func() (err error) {
		f, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	return patientFile{f, name, p.wait}, nil
}

// Create implements vfs.FS.
func (p patient) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return p.file(name, func() (vfs.File, error) { return p.FS.Create(name, c) })
}

// OpenReadWrite implements vfs.FS.
func (p patient) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return p.file(name, func() (vfs.File, error) { return p.FS.OpenReadWrite(name, c, opts...) })
}

// ReuseForWrite implements vfs.FS.
func (p patient) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return p.file(to, func() (vfs.File, error) { return p.FS.ReuseForWrite(from, to, c) })
}

// Unwrap implements vfs.FS.
func (p patient) Unwrap() vfs.FS { return p.FS }

type patientFile struct {
	vfs.File
	name string
	wait *room.Waiter
}

// Write implements vfs.File.
func (f patientFile) Write(b []byte) (int, error) { return f.wait.Write(f.name, b, f.File.Write) }

// WriteAt implements vfs.File.
func (f patientFile) WriteAt(b []byte, at int64) (int, error) {
	done := int64(0)
	return f.wait.Write(f.name, b, func(rest []byte) (int, error) {
		n, err := f.File.WriteAt(rest, at+done)
		done += int64(n)
		return n, err
	})
}
