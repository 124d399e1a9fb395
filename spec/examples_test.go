package spec_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/edynamic/edynamic/spec"
)

// rowsOf reads NDJSON with nothing of ours.
func rowsOf(t *testing.T, path string) []map[string]any {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []map[string]any
	for s := bufio.NewScanner(f); s.Scan(); {
		row := map[string]any{}
		if err := json.Unmarshal(s.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	return out
}

type quake struct {
	Properties struct {
		Mag  *float64
		Time int64
		Net  string
	}
}

// TestEarthquakes compares the example with a plain computation over the same file,
// and its outputs under all settings byte by byte.
func TestEarthquakes(t *testing.T) {
	type group struct {
		hour int64
		net  string
	}
	want := map[group]int{}
	major, strong, days := 0, 0, map[string]int{}
	f, err := os.Open("../examples/earthquakes/earthquakes.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	n := 0
	for ; scanner.Scan(); n++ {
		var q quake
		if err := json.Unmarshal(scanner.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		p := q.Properties
		want[group{p.Time / 3600_000, p.Net}]++
		days[time.UnixMilli(p.Time).UTC().Format("2006-01-02")]++
		if p.Mag != nil && *p.Mag >= 6 {
			major++
		} else if p.Mag != nil && *p.Mag >= 4.5 {
			strong++
		}
	}
	if n != 1707 || major != 5 || strong != 80 || len(want) != 850 || days["2018-01-31"] != 198 || days["2018-02-04"] != 301 {
		t.Fatalf("the data is not the week of the README: %d rows, %d major, %d strong, %d groups, %v", n, major, strong, len(want), days)
	}

	var first map[string]string
	for _, opt := range settings() {
		dir := t.TempDir()
		runTo(t, "../examples/earthquakes/earthquakes.edy", dir, opt, "hourly", "biggest", "major", "strong_quakes", "errors")
		texts := map[string]string{}
		for _, name := range []string{"hourly", "biggest", "major", "strong_quakes", "errors"} {
			text, err := os.ReadFile(filepath.Join(dir, name+".ndjson"))
			if err != nil {
				t.Fatal(err)
			}
			texts[name] = string(text)
		}
		if first == nil {
			first = texts
			checkHourly(t, rowsOf(t, filepath.Join(dir, "hourly.ndjson")), len(want), func(hour time.Time, net string) int {
				return want[group{hour.UnixMilli() / 3600_000, net}]
			})
			if a, b := len(rowsOf(t, filepath.Join(dir, "major.ndjson"))), len(rowsOf(t, filepath.Join(dir, "strong_quakes.ndjson"))); a != 5 || b != 80 {
				t.Errorf("%d major and %d strong earthquakes, want 5 and 80", a, b)
			}
		}
		for name, text := range texts {
			if text != first[name] {
				t.Errorf("%s differs at batch %d, parallel %d, optimise %v", name, opt.BatchRows, opt.Parallel, opt.Optimise)
			}
		}
	}
}

func checkHourly(t *testing.T, rows []map[string]any, groups int, want func(time.Time, string) int) {
	t.Helper()
	if len(rows) != groups {
		t.Errorf("%d (hour, network) groups, want %d", len(rows), groups)
	}
	for _, row := range rows {
		hour, err := time.Parse(time.RFC3339, row["hour"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if n := want(hour, row["net"].(string)); float64(n) != row["quakes"] {
			t.Errorf("%v %v has %v earthquakes, want %d", row["hour"], row["net"], row["quakes"], n)
		}
	}
}

// TestWorstFlights: the known answers of the flights, as a few lines of Python over
// the file give them too: 6,901 groups, and a mean of 89.333 over 15 flights.
func TestWorstFlights(t *testing.T) {
	dir := t.TempDir()
	runTo(t, "../examples/flights/flights.edy", dir, spec.Options{Parallel: 3}, "daily", "worst_of_all")
	if n := len(rowsOf(t, filepath.Join(dir, "daily.ndjson"))); n != 6901 {
		t.Errorf("%d (day, airport) groups, want 6901", n)
	}
	worst := rowsOf(t, filepath.Join(dir, "worst_of_all.ndjson"))[0]
	if worst["day"] != "2001-02-27" || worst["origin"] != "DFW" || worst["flights"] != 15.0 || worst["mean"] != 89.333 {
		t.Errorf("the worst day is %v", worst)
	}
}
