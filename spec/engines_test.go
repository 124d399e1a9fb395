package spec_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var engineRow = regexp.MustCompile("(?m)^\\| (\\w+) \\|.*\\| `(\\w+_\\*\\.edy)` \\| (\\d+) \\|$")

// TestOtherEngines holds the table of other engines to the cases: how many there are
// of each, and that every file names at its top the suite they come from.
func TestOtherEngines(t *testing.T) {
	page, err := os.ReadFile("../docs/other-engines.md")
	if err != nil {
		t.Fatal(err)
	}
	counted := 0
	for _, row := range engineRow.FindAllStringSubmatch(string(page), -1) {
		engine, pattern, says := row[1], row[2], row[3]
		files, err := filepath.Glob(filepath.Join("cases/engines", pattern))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: no files %s: %v", engine, pattern, err)
		}
		cases := 0
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(text), "// "+engine+", ") {
				t.Errorf("%s does not name the suite of %s at its top", file, engine)
			}
			cases += strings.Count("\n"+string(text), "\ntest \"")
		}
		if got := fmt.Sprint(cases); got != says {
			t.Errorf("%s: the table says %s cases, there are %s", engine, says, got)
		}
		counted += len(files)
	}
	if all, _ := filepath.Glob("cases/engines/*.edy"); len(all) != counted {
		t.Errorf("the table speaks of %d files, there are %d", counted, len(all))
	}
}
