package build_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector/file"
)

// memoryDisk is a disk in memory whose power can be cut.
type memoryDisk struct{ fs vfs.FS }

func (d memoryDisk) OpenAt(path string, size int64) (file.DiskFile, error) {
	was, err := d.Size(path)
	if err != nil {
		return nil, err
	}
	if max(was, 0) < size {
		return nil, fmt.Errorf("%s has %d bytes, and %d were written", path, was, size)
	}
	f, err := d.fs.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	if was > size { // such disks cannot cut files: a shorter one takes its place
		head := make([]byte, size)
		if _, err := f.ReadAt(head, 0); err != nil && size > 0 {
			return nil, errors.Join(err, f.Close())
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
		if err := d.replace(path, head); err != nil {
			return nil, err
		}
		if f, err = d.fs.OpenReadWrite(path, vfs.WriteCategoryUnspecified); err != nil {
			return nil, err
		}
	}
	return &memoryFile{f, size}, d.syncFolder(path)
}

func (d memoryDisk) replace(path string, content []byte) error {
	f, err := d.fs.Create(path+".cut", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return d.Rename(path+".cut", path)
}

func (d memoryDisk) Size(path string) (int64, error) {
	info, err := d.fs.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (d memoryDisk) Open(path string) (io.ReadCloser, error) { return d.fs.Open(path) }

func (d memoryDisk) Rename(from, to string) error {
	if err := d.fs.Rename(from, to); err != nil {
		return err
	}
	return d.syncFolder(to)
}

func (d memoryDisk) Remove(path string) error {
	if err := d.fs.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d memoryDisk) syncFolder(path string) error {
	dir, err := d.fs.OpenDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

type memoryFile struct {
	vfs.File
	at int64
}

func (f *memoryFile) Write(b []byte) (int, error) {
	n, err := f.WriteAt(b, f.at)
	f.at += int64(n)
	return n, err
}

// makeFolder makes a folder that the next cut of power leaves there.
func makeFolder(disk *vfs.MemFS, path string) error {
	if err := disk.MkdirAll(path, 0o755); err != nil {
		return err
	}
	for dir := path; ; dir = filepath.Dir(dir) {
		if err := (memoryDisk{disk}).syncFolder(dir); err != nil || dir == filepath.Dir(dir) {
			return err
		}
	}
}

func readFile(fs vfs.FS, path string) (string, error) {
	f, err := fs.Open(path)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(f)
	return string(b), errors.Join(err, f.Close())
}

func unzipped(t *testing.T, text string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// arrowRows are the rows of an Arrow file, however they are cut into batches.
func (s *schedule) arrowRows(text string) string {
	r, err := ipc.NewFileReader(bytes.NewReader([]byte(text)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Close()
	var b strings.Builder
	for i := range r.NumRecords() {
		rec, err := r.RecordBatchAt(i)
		if err != nil {
			s.t.Fatal(err)
		}
		for row := range int(rec.NumRows()) {
			for _, c := range rec.Columns() {
				b.WriteString(c.ValueStr(row) + " ")
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// program is what a text says, which is sound.
func (w *world) program(text string) *ir.Program {
	w.t.Helper()
	tree, _ := syntax.Parse(source.New("main.edy", text))
	return check.Check(tree, check.Options{Catalog: build.Catalog(w.system), Dir: func(*source.File) string { return w.dir }}).Program
}

func (w *world) durablePlan(text string, wanted []string) *plan.Graph {
	w.t.Helper()
	g, err := build.DurablePlan(w.program(text), wanted)
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}
