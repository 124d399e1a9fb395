package spec_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var edyBlock = regexp.MustCompile("(?s)```edy\n(.*?)```")

// TestReadme runs the programs of the README on the data they name, and compares
// the output it shows.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	data, err := os.ReadFile("../examples/earthquakes/earthquakes.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "quakes.ndjson"), string(data))
	blocks := edyBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 2 {
		t.Fatalf("the README has %d programs, not 2", len(blocks))
	}
	first, second := filepath.Join(dir, "strong.edy"), filepath.Join(dir, "route.edy")
	write(t, first, blocks[0][1])
	write(t, second, blocks[1][1])

	_, shown, _ := strings.Cut(string(text), "$ edyc run strong.edy\n")
	shown, _, _ = strings.Cut(shown, "```")
	if got := runToText(t, first, "strong"); got != shown {
		t.Errorf("the README shows\n%sand the program prints\n%s", shown, got)
	}
	_, message, _ := strings.Cut(string(text), "```\nE0310")
	message, _, _ = strings.Cut(message, "\n")
	null := filepath.Join(dir, "null.edy")
	write(t, null, strings.Replace(blocks[0][1], "properties.mag >= 6.0", "properties.felt >= 100", 1))
	if found := open(t, null).Unexpected.Items; len(found) != 1 || string(found[0].Code)+"  "+found[0].Message != "E0310"+message {
		t.Errorf("the README shows E0310%s, and the compiler says %v", message, found)
	}
	f := open(t, second)
	for _, d := range f.Unexpected.Items {
		t.Errorf("%s %s", d.Code, d.Message)
	}
	if runCases(t, f, settings()[0]) != 1 {
		t.Error("the second program has no test")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
