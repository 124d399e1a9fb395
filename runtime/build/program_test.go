package build_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
)

// world is a folder with files and a machine whose output is kept.
type world struct {
	t      *testing.T
	dir    string
	stdout bytes.Buffer
	system *file.System
}

func newWorld(t *testing.T, files map[string]string) *world {
	w := &world{t: t, dir: t.TempDir()}
	for name, text := range files {
		w.write(name, text)
	}
	w.system = &file.System{Stdin: bytes.NewReader(nil), Stdout: &w.stdout, Clock: clock.Real{}}
	return w
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(name string) string {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

// plan compiles a program whose outputs are the named streams.
func (w *world) plan(text string, opts lower.Options) *plan.Graph {
	w.t.Helper()
	tree, problems := syntax.Parse(source.New("main.edy", text))
	r := check.Check(tree, check.Options{Catalog: build.Catalog(w.system), Dir: func(*source.File) string { return w.dir }})
	for _, d := range append(problems.Items, r.Diags.Items...) {
		if d.Severity == diag.Error {
			p := d.Span().Position()
			w.t.Fatalf("main.edy:%d:%d: %s %s", p.Line, p.Column, d.Code, d.Message)
		}
	}
	g, err := lower.Program(r.Program, opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

// run compiles and runs a program.
func (w *world) run(text string, opt build.Options, lowered lower.Options) *exec.Summary {
	w.t.Helper()
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	opt.System, opt.Alloc = w.system, alloc
	j, err := build.New(context.Background(), w.plan(text, lowered), opt)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := j.Run(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		w.t.Error(err)
	}
	alloc.AssertSize(w.t, 0)
	return s
}
