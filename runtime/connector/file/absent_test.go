package file

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAbsent(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"quakes.ndjson", "other.csv", "a.edy"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "quake.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"quake.ndjson":    `there is no such file; did you mean "quakes.ndjson"?`,
		"Quakes.ndjson":   `there is no such file; did you mean "quakes.ndjson"?`,
		"quakes.edy":      "there is no such file", // its rows are no program
		"quakes.json":     `there is no such file; did you mean "quakes.ndjson"?`,
		"e.edy":           "there is no such file", // a letter is no slip
		"bids.parquet":    "there is no such file",
		"quake.x":         "there is no such file", // a folder is no file
		"none/quake.json": "there is no such file", // nor is there its folder
	} {
		if got := Absent(filepath.Join(dir, name)).Error(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
