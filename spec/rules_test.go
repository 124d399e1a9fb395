package spec_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/edynamic/edynamic/"

// mayImport says which packages of the project each layer may import; a prefix
// stands for everything below it. Imports point one way: what is not listed is
// forbidden.
var mayImport = []struct {
	layer   string
	imports []string
}{
	{"lang", []string{"lang"}},
	{"compiler/ir", []string{"lang"}},
	{"compiler/plan", []string{"lang", "compiler/ir"}},
	{"compiler", []string{"lang", "compiler"}},
	{"vm", []string{"lang", "compiler/ir", "compiler/plan", "vm"}},
	{"stdlib", []string{"lang", "compiler/ir", "compiler/plan", "vm", "stdlib"}},
	{"operators", []string{"lang", "compiler/ir", "compiler/plan", "vm", "operators"}},
	{"runtime", []string{"lang", "compiler", "vm", "stdlib", "operators", "runtime"}},
	{"lsp", []string{"lang", "compiler", "stdlib", "lsp"}},
	{"spec", []string{"lang", "compiler", "vm", "stdlib", "operators", "runtime", "spec"}},
	{"examples", []string{"examples"}},
	{"cmd", []string{"lang", "compiler", "vm", "stdlib", "operators", "runtime", "spec", "lsp"}},
}

func below(path, prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }

// goFiles parses every Go file of the project that is not a test.
func goFiles(t *testing.T, each func(path string, f *ast.File, lines int)) {
	t.Helper()
	fset := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "testdata" || d.Name() == "bench") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		each(filepath.ToSlash(strings.TrimPrefix(path, "../")), f, strings.Count(string(text), "\n"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImportsPointOneWay(t *testing.T) {
	seen := map[string]bool{}
	goFiles(t, func(path string, f *ast.File, _ int) {
		dir := filepath.ToSlash(filepath.Dir(path))
		i := slices.IndexFunc(mayImport, func(l struct {
			layer   string
			imports []string
		}) bool {
			return below(dir, l.layer)
		})
		if i < 0 {
			t.Errorf("%s: %s is in no layer", path, dir)
			return
		}
		seen[mayImport[i].layer] = true
		for _, imp := range f.Imports {
			name := strings.Trim(imp.Path.Value, `"`)
			if !strings.HasPrefix(name, modulePath) {
				continue
			}
			name = strings.TrimPrefix(name, modulePath)
			if !slices.ContainsFunc(mayImport[i].imports, func(p string) bool { return below(name, p) }) {
				t.Errorf("%s imports %s, which %s may not", path, name, mayImport[i].layer)
			}
		}
	})
	for _, layer := range []string{"lang", "compiler", "vm", "operators", "runtime"} {
		if !seen[layer] {
			t.Errorf("no file of %s was looked at", layer)
		}
	}
}

func TestHouseRules(t *testing.T) {
	goFiles(t, func(path string, f *ast.File, lines int) {
		for _, word := range []string{"util", "utils", "common", "helpers", "misc"} {
			if f.Name.Name == word || strings.TrimSuffix(filepath.Base(path), ".go") == word {
				t.Errorf("%s: nothing is called %s", path, word)
			}
		}
		if lines > 800 {
			t.Errorf("%s has %d lines; a file holds one idea in at most 800", path, lines)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function; lists are explicit", path)
			}
		}
	})
}
