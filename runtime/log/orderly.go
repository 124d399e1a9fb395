package log

import (
	"errors"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// orderly is a file system on which a file that points at another never outlives it: the
// store makes a file, then a marker that names it, and syncs the folder once for both.
// A disk may keep the second and lose the first, so the folder is synced in between.
type orderly struct{ vfs.FS }

// Create implements vfs.FS.
func (o orderly) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasPrefix(o.PathBase(name), "marker.") {
		dir, err := o.OpenDir(o.PathDir(name))
		if err != nil {
			return nil, err
		}
		if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
			return nil, err
		}
	}
	return o.FS.Create(name, category)
}

// Unwrap implements vfs.FS.
func (o orderly) Unwrap() vfs.FS { return o.FS }
