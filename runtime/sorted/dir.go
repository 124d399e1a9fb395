package sorted

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Dir is the folder of the files of some sets.
type Dir struct {
	fs    vfs.FS
	path  string
	lasts bool         // files outlive the process, where they are written down
	made  atomic.Int64 // number of the last file
	safe  atomic.Int64 // the same, when the folder was synced last
}

// NewDir is a folder that is there, for files that do not outlive the process.
func NewDir(fs vfs.FS, path string) *Dir { return &Dir{fs: fs, path: path} }

// LastingDir is a folder that is there, for files that outlive the process once they are
// written down. What lists the sets are written down in is said by all; other files of
// the kind are taken away.
func LastingDir(fs vfs.FS, path string, all [][]byte) (*Dir, error) {
	d := &Dir{fs: fs, path: path, lasts: true}
	used := map[string]bool{}
	for _, list := range all {
		layers, err := parse(list)
		if err != nil {
			return nil, err
		}
		for _, l := range layers {
			used[l.run.name] = true
		}
	}
	names, err := fs.List(path)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, name := range names {
		number, is := strings.CutPrefix(name, filePrefix)
		if !is {
			continue
		}
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			d.made.Store(max(d.made.Load(), n))
		}
		if !used[name] {
			errs = append(errs, fs.Remove(fs.PathJoin(path, name)))
		}
	}
	return d, errors.Join(errs...)
}

// filePrefix begins the names of files.
const filePrefix = "sorted-"

// next is the name of the next file.
func (d *Dir) next() (name, path string) {
	name = fmt.Sprintf("%s%06d", filePrefix, d.made.Add(1))
	return name, d.fs.PathJoin(d.path, name)
}

// sync makes it last that files are in the folder, before they are written down.
func (d *Dir) sync() error {
	made := d.made.Load()
	if made == d.safe.Load() {
		return nil
	}
	f, err := d.fs.OpenDir(d.path)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	d.safe.Store(made)
	return nil
}
