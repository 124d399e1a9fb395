package build_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/build"
)

// TestLeases runs stages that let go of the memory of their rows over an input of many
// chunks, so that it is used again, and compares with several workers, which lend
// nothing: results, late rows and failed rows are the same, with the same records.
func TestLeases(t *testing.T) {
	r := optest.Random(t)
	var input bytes.Buffer
	for i := range 30_000 {
		at := 1_000_000 + int64(i)*3 - r.Int64N(400)
		if r.IntN(500) == 0 {
			at -= 5000 // late
		}
		fmt.Fprintf(&input, `{"n":%d,"s":"%s","k":"key %d","at":%d}`+"\n", r.IntN(1000), strings.Repeat("x", r.IntN(120)), r.IntN(40), at)
	}
	const head = `
schema Row { n: long  s: string  k: string  at: timestamp }
topic rows: Row { time: at  watermark: 500ms }
topic more: Row { time: at  watermark: 500ms }
`
	texts := newWorld(t, map[string]string{"in.ndjson": input.String()})
	const fromText = `
source of_rows from file into rows { path: "in.ndjson"  format: ndjson(timestamps: epoch_millis) }
source of_more from file into more { path: "in.ndjson"  format: ndjson(timestamps: epoch_millis) }
`
	const fromParquet = `
source of_rows from file into rows { path: "in.parquet" }
source of_more from file into more { path: "in.parquet" }
`
	const fromCSV = `
source of_rows from file into rows { path: "in.csv" }
source of_more from file into more { path: "in.csv" }
`
	texts.run(head+fromText+"stream copied = from rows |> select at, n, s, k", build.Options{Parallel: 1, BatchRows: 4096, Outputs: map[string][]string{
		"copied": {texts.dir + "/in.parquet", texts.dir + "/in.csv"},
	}}, lower.Options{Outputs: []string{"copied"}})
	files := map[string]string{"in.ndjson": input.String(), "in.parquet": texts.read("in.parquet"), "in.csv": texts.read("in.csv")}
	for _, test := range []struct{ name, stages string }{
		{"passed on", `where length(s) > 3 |> select at, k, s`},
		{"failing", `where n < 100 |> select at, k, q = div(1000, n % 7 - 3)`},
		{"tumbling", `window tumbling 1s |> aggregate c = count(), m = max(s) by k`},
		{"hopping", `window hopping 1s every 300ms |> aggregate c = count(), m = max(s) by k`},
		{"hopping, in order", `window hopping 1s every 300ms |> aggregate c = first(n), m = last(s) by k`},
		{"hopping rows", `window hopping 1s every 300ms |> where n < 50 |> select start = window.start, n, s`},
		{"sessions", `window session gap 20ms per k |> aggregate c = count(), m = max(s) by k`},
		{"sessions that fail", `window session gap 20ms per k |> aggregate c = sum(div(1000, n % 7 - 3)) by k`},
		{"dedup", `window tumbling 1s |> dedup by k, n |> select at, k, n, s`},
		{"latest", `latest by k keep 2s |> select at, k, q = div(1000, n % 7 - 3)`},
		{"latest of few", `where n < 100 |> latest by k, n keep 2s |> select k, n, s, q = div(1000, n - 7)`},
		{"top", `top 3 by n desc per k keep 2s |> select k, q = div(1000, n - 999), s`},
		{"latest of top", `top 3 by n desc per k keep 2s |> latest by k keep 2s |> select k, q = div(1000, n - 999), s`},
		{"join", `window tumbling 500ms |> join m = (from more |> where n < 30 |> window tumbling 500ms) on n == m.n |> select k, q = div(1000, m.n - 7), m.s`},
		{"semi join", `window tumbling 500ms |> semi join m = (from more |> where n < 30 |> window tumbling 500ms) on n == m.n |> select k, q = div(1000, n - 7), s`},
		{"anti join", `window tumbling 500ms |> anti join m = (from more |> where n < 900 |> window tumbling 500ms) on n == m.n |> select k, q = div(1000, n - 907), s`},
		{"kept join", `where k != "key 7" |> join m = (from more |> where n < 30) on n == m.n keep forever |> select k, q = div(1000, m.n - 7), m.s`},
		{"kept join with a condition", `join m = (from more |> where n < 30) on n == m.n and div(100, m.n - 7) > n keep forever |> select k, m.s, q = div(1000, n - 3)`},
		{"kept left join", `where n < 40 |> left join m = (from more |> where n < 30) on n == m.n keep 2s |> select k, q = div(1000, n - 7), s = m?.s`},
	} {
		t.Run(test.name, func(t *testing.T) { sameLeases(t, files, head+fromText, test.stages) })
		t.Run(test.name+", CSV", func(t *testing.T) { sameLeases(t, files, head+fromCSV, test.stages) })
		t.Run(test.name+", Parquet", func(t *testing.T) { sameLeases(t, files, head+fromParquet, test.stages) })
	}
}

// sameLeases runs stages with three workers and with one.
func sameLeases(t *testing.T, files map[string]string, head, stages string) {
	t.Helper()
	var want []string
	for _, parallel := range []int{3, 1} {
		w := newWorld(t, files)
		opt := build.Options{Parallel: parallel, BatchRows: 4096, Outputs: map[string][]string{
			"result": {w.dir + "/out.ndjson"}, "errors": {w.dir + "/errors.ndjson"},
		}}
		s := w.run(head+"stream result = from rows |> "+stages, opt, lower.Options{Outputs: []string{"result", "errors"}})
		got := []string{w.read("out.ndjson"), strings.ReplaceAll(w.read("errors.ndjson"), w.dir, "")}
		if len(got[0]) < 1000 {
			t.Fatalf("there are hardly any results: %q, %+v", got[0], s)
		}
		if want == nil {
			want = got
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("parallel %d (-3 +1):\n%.2000s", parallel, d)
		}
	}
}
