package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/spec"
)

// TestRulesOfFiles are the cases of rules that speak of files, which a test block of
// the language has none of. Each runs under all settings.
func TestRulesOfFiles(t *testing.T) {
	for _, c := range []struct {
		name    string
		files   map[string]string
		program string
		want    string // of the stream out
	}{
		{
			name: "rule 2: files of a glob are lanes, merged in canonical order",
			files: map[string]string{
				"in/a.ndjson": `{"k":"a","at":"2026-01-01T00:00:00Z"}` + "\n" + `{"k":"b","at":"2026-01-01T00:00:10Z"}` + "\n" + `{"k":"c","at":"2026-01-01T00:00:05Z"}` + "\n",
				"in/b.ndjson": `{"k":"d","at":"2026-01-01T00:00:03Z"}` + "\n" + `{"k":"e","at":"2026-01-01T00:00:10Z"}` + "\n" + `{"k":"f","at":"2026-01-01T00:00:12Z"}` + "\n",
			},
			// c stands at ten seconds, the largest time so far in its file, and before e, whose file comes later
			program: `topic rows: { k: string  at: timestamp } from "in/*.ndjson" { time: at }
stream out = from rows |> select k`,
			want: "a d b c e f",
		},
		{
			name:  "rule 8: files without event time are read in the order of their paths",
			files: map[string]string{"in/b.ndjson": `{"k":"c"}` + "\n" + `{"k":"d"}` + "\n", "in/a.ndjson": `{"k":"a"}` + "\n" + `{"k":"b"}` + "\n"},
			program: `topic rows: { k: string } from "in/*.ndjson"
stream out = from rows`,
			want: "a b c d",
		},
		{
			name: "rule 45: a file is written in canonical order, whatever the partitions are",
			files: map[string]string{"in.ndjson": `{"k":"a","at":"2026-01-01T00:00:01Z"}` + "\n" + `{"k":"b","at":"2026-01-01T00:00:02Z"}` + "\n" +
				`{"k":"a","at":"2026-01-01T00:00:03Z"}` + "\n" + `{"k":"c","at":"2026-01-01T00:00:04Z"}` + "\n" + `{"k":"b","at":"2026-01-01T00:00:05Z"}` + "\n"},
			program: `topic rows: { k: string  at: timestamp } from "in.ndjson" { key: k  partitions: 16  time: at }
stream out = from rows |> extend n = count() over (per k) |> select k = k`,
			want: "a b a c b",
		},
		{
			name:  "rule 138: an option of the address stands beside those of the format",
			files: map[string]string{"in.csv": "k;n\na;1\nb;2\n"},
			program: `topic rows: { k: string  n: long } from "in.csv?delimiter=;"
stream out = from rows |> where n > 1 |> select k`,
			want: "b",
		},
		{
			name:  "rule 138: unknown fields are ignored",
			files: map[string]string{"in.ndjson": `{"k":"a","other":[1,2]}` + "\n"},
			program: `topic rows: { k: string } from "in.ndjson"
stream out = from rows`,
			want: "a",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.files["main.edy"] = "module files timezone \"UTC\"\n" + c.program + "\n"
			for name, text := range c.files {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, opt := range settings() {
				if got := keysOf(t, filepath.Join(dir, "main.edy"), opt); got != c.want {
					t.Errorf("%+v: %s, want %s", opt, got, c.want)
				}
			}
		})
	}
}

// keysOf are the values of k in what a program writes.
func keysOf(t *testing.T, path string, opt spec.Options) string {
	t.Helper()
	out := t.TempDir()
	runTo(t, path, out, opt, "out")
	var keys []string
	for _, r := range rowsOf(t, filepath.Join(out, "out.ndjson")) {
		keys = append(keys, r["k"].(string))
	}
	return strings.Join(keys, " ")
}

// TestRule120 is in every case: the settings multiply them. Here are what its words
// name: the same bytes in a file.
func TestRule120(t *testing.T) {
	var first string
	for i, opt := range settings() {
		dir := t.TempDir()
		runTo(t, "../examples/earthquakes/earthquakes.edy", dir, opt, "hourly")
		text, err := os.ReadFile(filepath.Join(dir, "hourly.ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = string(text)
		} else if string(text) != first {
			t.Errorf("rule 120: other bytes under %+v", opt)
		}
	}
}
