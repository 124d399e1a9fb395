package graph_test

import (
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/graph"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
)

// checked is a program that checks without errors, nil for any other.
func checked(t testing.TB, name, text string) *graph.Graph {
	t.Helper()
	f := source.New(name, text)
	tree, diags := syntax.Parse(f)
	if diags.HasErrors() {
		return nil
	}
	r := check.Check(tree, check.Options{Catalog: catalog{}, Dir: func(f *source.File) string { return filepath.Dir(f.Name) }})
	if r.Diags.HasErrors() {
		return nil
	}
	topology, err := lower.Program(r.Program, lower.Options{All: true})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	g, err := graph.New("1.2.3", []*source.File{f}, r.Program, topology)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return g
}

// wide is a program that has about everything.
func wide(t testing.TB) *graph.Graph {
	t.Helper()
	text, err := os.ReadFile("testdata/wide.edy")
	if err != nil {
		t.Fatal(err)
	}
	g := checked(t, "testdata/wide.edy", string(text))
	if g == nil {
		t.Fatal("testdata/wide.edy does not check")
	}
	return g
}

// programs are all programs of the project that check by themselves.
func programs(t *testing.T) map[string]*graph.Graph {
	t.Helper()
	out := map[string]*graph.Graph{"wide": wide(t)}
	for _, root := range []string{"../../spec/cases", "../../examples"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".edy") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if strings.Contains(string(text), "\nimport ") { // needs other files, and so does not check by itself
				return nil
			}
			if g := checked(t, path, string(text)); g != nil {
				out[path] = g
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// alike compares programs by what they say; a place is a file's name and offsets.
var alike = cmp.Options{
	cmpopts.EquateEmpty(), cmpopts.EquateNaNs(),
	cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 }),
	cmp.Comparer(func(a, b source.Span) bool {
		return a.Known() == b.Known() && a.Start == b.Start && a.End == b.End && a.Text() == b.Text()
	}),
}
