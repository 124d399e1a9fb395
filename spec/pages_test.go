package spec_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/load"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// compilePage checks one program of a page in a folder of its own, so that paths and
// the name of the file are the same on every machine.
func compilePage(t *testing.T, p diag.PageInfo, program string) *diag.List {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, f := range append([]diag.PageFile{{Name: "page.edy", Text: program}}, p.Files...) {
		if err := os.WriteFile(f.Name, []byte(f.Text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	system := &file.System{Stdin: strings.NewReader(""), Stdout: os.Stderr, Clock: clock.Real{}}
	l := &load.Loader{Catalog: build.Catalog(system), Roots: []string{"page.edy"}}
	prog, err := l.Load("page.edy", nil)
	if err != nil {
		t.Fatal(err)
	}
	withStored(t, p, prog)
	return prog.Diags
}

// withStored adds what is wrong with schemas beside those that are stored: those of the
// page's file stored.edy.
func withStored(t *testing.T, p diag.PageInfo, prog *load.Program) {
	t.Helper()
	if !slices.ContainsFunc(p.Files, func(f diag.PageFile) bool { return f.Name == "stored.edy" }) {
		return
	}
	system := &file.System{Stdin: strings.NewReader(""), Stdout: os.Stderr, Clock: clock.Real{}}
	stored, err := (&load.Loader{Catalog: build.Catalog(system)}).Load("stored.edy", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := registry.Open(log.NewMemory())
	for _, topic := range stored.Result.Program.Topics {
		if _, err := r.Add(topic.Name, topic.Row, clock.TestStart); err != nil {
			t.Fatal(err)
		}
	}
	found, err := r.Diagnose(prog.Result.Program, prog.Files)
	if err != nil {
		t.Fatal(err)
	}
	prog.Diags.Items = append(prog.Diags.Items, found.Items...)
}

// The program of a page before it is put right has the error the page is about and no
// other; afterwards it has none, and no warning.
func TestPagesCompile(t *testing.T) {
	for _, p := range diag.Pages() {
		t.Run(string(p.Code), func(t *testing.T) {
			before := compilePage(t, p, p.Before)
			if !slices.ContainsFunc(before.Items, func(d *diag.Diagnostic) bool { return d.Code == p.Code }) {
				t.Errorf("before does not have the error it is about")
			}
			for _, d := range before.Items {
				if d.Code != p.Code {
					t.Errorf("before has %s too: %s", d.Code, d.Message)
				}
			}
			for _, d := range compilePage(t, p, p.After).Items {
				t.Errorf("after has %s: %s", d.Code, d.Message)
			}
		})
	}
}

// What a reader sees for the program of each page, read by a person before it was kept.
func TestPagesGolden(t *testing.T) {
	dir, err := filepath.Abs("testdata/diagnostics")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range diag.Pages() {
		t.Run(string(p.Code), func(t *testing.T) {
			var b strings.Builder
			if err := diag.Render(&b, compilePage(t, p, p.Before), diag.Options{Max: 20}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, string(p.Code)+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("go test ./spec -run TestPagesGolden -update rewrites it (-want +got)\n%s", diff)
			}
		})
	}
}

// Each fix that says what to write puts right what it is offered for, and one that may
// be applied without asking leaves no other error.
func TestPagesFixes(t *testing.T) {
	fixed := 0
	for _, p := range diag.Pages() {
		for _, d := range compilePage(t, p, p.Before).Items {
			for _, f := range d.Fixes {
				if d.Code != p.Code || len(f.Edits) == 0 || f.Edits[0].Span.File.Name != "page.edy" {
					continue
				}
				chosen := f
				chosen.Confidence = diag.Apply
				text, n := diag.ApplyFixes(d.Span().File, []diag.Fix{chosen})
				if n != 1 {
					t.Errorf("%s, %q: not applied", p.Code, f.Title)
					continue
				}
				fixed++
				for _, left := range compilePage(t, p, text).Items {
					if left.Code == p.Code && left.Severity == d.Severity || f.Confidence == diag.Apply && left.Severity == diag.Error {
						t.Errorf("%s, %q leaves %s: %s\n%s", p.Code, f.Title, left.Code, left.Message, text)
					}
				}
			}
		}
	}
	t.Logf("%d fixes", fixed)
}

// Every code that the compiler, or the registry of schemas, can report has a page, every page is about such a code,
// and no golden file is left over.
func TestEveryCodeHasAPage(t *testing.T) {
	used := map[diag.Code]bool{}
	code := regexp.MustCompile(`"([EW][0-9]{4})"`)
	for _, pattern := range []string{"../compiler/check/*.go", "../lang/syntax/*.go", "../runtime/registry/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range code.FindAllStringSubmatch(string(text), -1) {
				used[diag.Code(m[1])] = true
			}
		}
	}
	pages := map[diag.Code]bool{}
	for _, p := range diag.Pages() {
		pages[p.Code] = true
		if !used[p.Code] {
			t.Errorf("%s has a page and is never reported", p.Code)
		}
	}
	for c := range used {
		if !pages[c] {
			t.Errorf("%s has no page", c)
		}
	}
	golden, err := filepath.Glob("testdata/diagnostics/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range golden {
		if c := diag.Code(strings.TrimSuffix(filepath.Base(path), ".txt")); !pages[c] {
			t.Errorf("%s belongs to no page", path)
		}
	}
	if len(pages) < 40 {
		t.Errorf("only %d codes", len(pages))
	}
	t.Logf("%d codes", len(pages))
}
