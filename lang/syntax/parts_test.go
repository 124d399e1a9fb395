package syntax_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
)

// TestPartsAreTheWhole edits every example at random places and compares the tree that
// is made of parts with that of the whole text.
func TestPartsAreTheWhole(t *testing.T) {
	const seed = 7
	paths, _ := filepath.Glob("../../examples/*/*.edy")
	if len(paths) == 0 {
		t.Fatal("no examples")
	}
	rnd := rand.New(rand.NewPCG(seed, seed))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		now := string(text)
		parts := syntax.Parts(source.New(path, now), nil)
		for range 100 {
			at := rnd.IntN(len(now))
			end := min(len(now), at+rnd.IntN(12))
			now = now[:at] + []string{"", "x", "\n", " |> ", "stream q = from r\n", "(", "}"}[rnd.IntN(7)] + now[end:]
			f := source.New(path, now)
			parts = syntax.Parts(f, parts)
			tree, _ := syntax.Joined(f, parts)
			whole, _ := syntax.Parse(f)
			if got, want := ast.DumpFile(tree), ast.DumpFile(whole); got != want {
				t.Fatalf("%s, seed %d: parts read\n%s\nand the whole\n%s\nof\n%s", path, seed, got, want, now)
			}
			for _, p := range parts {
				if now[p.Start:p.Start+len(p.File.Text)] != p.File.Text {
					t.Fatalf("%s: a part is not at %d", path, p.Start)
				}
			}
		}
	}
}
