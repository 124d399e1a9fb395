package sorted

import (
	"fmt"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Dir is the folder of the files of some sets.
type Dir struct {
	fs    vfs.FS
	path  string
	made  atomic.Int64
}

// NewDir is a folder that is there.
func NewDir(fs vfs.FS, path string) *Dir { return &Dir{fs: fs, path: path} }

// filePrefix begins the names of files.
const filePrefix = "sorted-"

// next is the path of the next file.
func (d *Dir) next() string {
	return d.fs.PathJoin(d.path, fmt.Sprintf("%s%06d", filePrefix, d.made.Add(1)))
}
