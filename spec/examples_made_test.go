package spec_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/edynamic/edynamic/examples/dataset"
	"github.com/edynamic/edynamic/spec"
)

// made reads a file of made-up rows with nothing of ours.
func made[T any](t *testing.T, path string) []T {
	t.Helper()
	text, err := dataset.Read(filepath.Join("../examples", path))
	if err != nil {
		t.Fatal(err)
	}
	return parsed[T](t, text)
}

func parsed[T any](t *testing.T, text []byte) []T {
	t.Helper()
	var rows []T
	for in := json.NewDecoder(bytes.NewReader(text)); in.More(); {
		var row T
		if err := in.Decode(&row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// answers runs an example under settings that share nothing, and gives the text of
// each stream, which is the same under all of them.
func answers(t *testing.T, program string, streams ...string) map[string][]byte {
	t.Helper()
	var first map[string][]byte
	for _, opt := range []spec.Options{
		{BatchRows: 4096, Parallel: 1, Optimise: true}, {BatchRows: 4096, Parallel: 3, Optimise: false}, {BatchRows: 100, Parallel: 2, Optimise: true},
	} {
		dir := t.TempDir()
		runTo(t, filepath.Join("../examples", program), dir, opt, streams...)
		texts := map[string][]byte{}
		for _, name := range streams {
			text, err := os.ReadFile(filepath.Join(dir, name+".ndjson"))
			if err != nil {
				t.Fatal(err)
			}
			texts[name] = text
			if first != nil && !bytes.Equal(text, first[name]) {
				t.Errorf("%s differs at batch %d, parallel %d, optimise %v", name, opt.BatchRows, opt.Parallel, opt.Optimise)
			}
		}
		if first == nil {
			first = texts
		}
	}
	return first
}

// standing plays a log of changes and gives the rows that stand at its end, by key.
func standing[K comparable, T any](t *testing.T, log []byte, key func(T) K) map[K]T {
	t.Helper()
	rows := map[K]T{}
	ops := parsed[struct {
		Op string `json:"$op"`
	}](t, log)
	for i, row := range parsed[T](t, log) {
		k := key(row)
		_, there := rows[k]
		switch op := ops[i].Op; {
		case op == "insert" && !there, op == "update_after" && !there:
			rows[k] = row
		case (op == "delete" || op == "update_before") && there:
			delete(rows, k)
		default:
			t.Fatalf("row %d: %s of %v, which was there: %v", i+1, op, k, there)
		}
	}
	return rows
}

// arrivals tells how far the watermark of a topic was before each row: as far as the
// rows of the same key say, and as far as all rows say. Which other keys share a
// partition does not matter where both agree.
type arrivals[K comparable] struct {
	delay time.Duration
	own   map[K]time.Time
	all   time.Time
}

func (a *arrivals[K]) before(k K, t time.Time) (own, all time.Time) {
	if a.own == nil {
		a.own = map[K]time.Time{}
	}
	own, all = a.own[k].Add(-a.delay), a.all.Add(-a.delay)
	if t.After(a.own[k]) {
		a.own[k] = t
	}
	if t.After(a.all) {
		a.all = t
	}
	return own, all
}

// late tells whether a row that came between two watermarks is too late for a limit.
func late(t *testing.T, own, all, limit time.Time) bool {
	t.Helper()
	if own.Before(limit) != all.Before(limit) {
		t.Fatalf("whether a row is late at %v depends on which keys share a partition", limit)
	}
	return !own.Before(limit)
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(1, math.Abs(b)) }

func number(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

var operation = regexp.MustCompile(`"\$op":"[a-z_]+",`)

// checkShown: every row that the README of an example shows is one of its answers.
func checkShown(t *testing.T, example string, out map[string][]byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../examples", example, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for _, stream := range out {
		for line := range strings.Lines(string(stream)) {
			rows[strings.TrimSpace(line)] = true
			rows[operation.ReplaceAllString(strings.TrimSpace(line), "")] = true
		}
	}
	shown := 0
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "{") {
			shown++
			if !rows[line] {
				t.Errorf("the README of %s shows a row that is no answer: %s", example, line)
			}
		}
	}
	if shown == 0 {
		t.Errorf("the README of %s shows no result", example)
	}
}
