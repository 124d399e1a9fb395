package spec_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/load"
	"github.com/edynamic/edynamic/spec"
)

// settings multiply every case: none of them may change an answer.
func settings() []spec.Options {
	var out []spec.Options
	for _, batch := range []int{1, 7, 4096} {
		for _, parallel := range []int{1, 3} {
			for _, optimise := range []bool{false, true} {
				out = append(out, spec.Options{BatchRows: batch, Parallel: parallel, Optimise: optimise})
			}
		}
	}
	return append(out, spec.Options{BatchRows: 1, Parallel: 1, Optimise: true, Barriers: true},
		spec.Options{BatchRows: 7, Parallel: 1, Optimise: true, KeepColumns: true},
		spec.Options{BatchRows: 7, Parallel: 2, Optimise: true, Barriers: true},
		// One byte of state: every group is put away after every batch.
		spec.Options{BatchRows: 1, Parallel: 1, Optimise: true, StateMemory: 1},
		spec.Options{BatchRows: 3, Parallel: 2, Optimise: true, Barriers: true, StateMemory: 1})
}

// caseFiles are the .edy files below a folder.
func caseFiles(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(p, ".edy") {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func open(t *testing.T, path string) *spec.File {
	t.Helper()
	system := &file.System{Stdin: strings.NewReader(""), Stdout: os.Stderr, Clock: clock.Real{}}
	f, err := spec.Open(&load.Loader{Catalog: build.Catalog(system), Roots: []string{path}}, path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestCases runs every case of the reference and every test of the examples under
// all settings, and finds buffers nobody released.
func TestCases(t *testing.T) {
	files := append(caseFiles(t, "cases"), caseFiles(t, "../examples")...)
	total := 0
	for _, path := range files {
		f := open(t, path)
		n := 0
		t.Run(strings.TrimPrefix(path, "cases/"), func(t *testing.T) {
			for _, d := range f.Unexpected.Items {
				at := d.Span().Position()
				t.Errorf("%s:%d:%d: %s %s", path, at.Line, at.Column, d.Code, d.Message)
			}
			for _, opt := range settings() {
				n = runCases(t, f, opt)
			}
			if n == 0 {
				t.Errorf("%s holds no case", path)
			}
		})
		total += n
	}
	t.Logf("%d cases in %d files, each under %d settings", total, len(files), len(settings()))
}

// runCases runs a file's cases under one setting and counts them.
func runCases(t *testing.T, f *spec.File, opt spec.Options) int {
	t.Helper()
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	opt.Alloc = alloc
	outcomes, err := f.Run(opt)
	under := fmt.Sprintf("batch %d, parallel %d, optimise %v, barriers %v, state in %d bytes, all columns %v", opt.BatchRows, opt.Parallel, opt.Optimise, opt.Barriers, opt.StateMemory, opt.KeepColumns)
	if err != nil {
		t.Fatalf("%s: %v", under, err)
	}
	for _, o := range outcomes {
		for _, failure := range o.Failures {
			t.Errorf("%s, %q, line %d: %s", under, o.Test, failure.At.Position().Line, failure.Text)
		}
	}
	alloc.AssertSize(t, 0)
	return len(outcomes)
}
