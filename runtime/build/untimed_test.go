package build_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/exec"
)

// TestUntimed runs programs over Parquet files whose times nobody needs, and such as need
// them, and compares with a run that leaves none out: results and failed rows are the same,
// also where rows lack their time.
func TestUntimed(t *testing.T) {
	var full, gaps strings.Builder
	for i := range 9000 {
		fmt.Fprintf(&full, `{"n":%d,"k":"key %d","at":%d}`+"\n", i%1000, i%7, 1_000_000+i*3)
		if i%1234 == 5 {
			fmt.Fprintf(&gaps, `{"n":%d,"k":"key %d"}`+"\n", i%1000, i%7)
			continue
		}
		fmt.Fprintf(&gaps, `{"n":%d,"k":"key %d","at":%d}`+"\n", i%1000, i%7, 1_000_000+i*3)
	}
	files := map[string]string{}
	for name, text := range map[string]string{"full": full.String(), "gaps": gaps.String()} {
		w := newWorld(t, map[string]string{"in.ndjson": text})
		w.run(`
schema Row { n: long  k: string  at: timestamp? }
topic rows: Row { }
source of_rows from file into rows { path: "in.ndjson"  format: ndjson(timestamps: epoch_millis) }
`+"stream copied = from rows", build.Options{Parallel: 1, BatchRows: 4096, Outputs: map[string][]string{"copied": {w.dir + "/out.parquet"}}},
			lower.Options{Outputs: []string{"copied"}})
		files[name+".parquet"] = w.read("out.parquet")
	}
	const head = `
schema Row { n: long  k: string  at: timestamp }
topic rows: Row { time: at  watermark: 500ms }
topic others: Row { time: at  watermark: 500ms }
`
	const one, errors = "result", "errors"
	for _, test := range []struct {
		name, stages string
		outputs      []string
		untimed      bool
	}{
		{"chosen", `where n % 123 == 0 |> select n, k`, []string{one}, true},
		{"chosen with its time", `where n % 123 == 0 |> select n, at`, []string{one}, true},
		{"chosen by its time", `where millisecond(at, "UTC") % 2 == 0 |> select n`, []string{one}, true},
		{"whole rows", `where n % 123 == 0`, []string{one}, true},
		{"failing", `select q = div(1000, n - 7), k`, []string{one}, true},
		{"failing, with an output of errors", `select q = div(1000, n - 7), k`, []string{one, errors}, false},
		{"windows", `window tumbling 1s |> aggregate c = count() by k`, []string{one}, false},
		{"a group for each key", `aggregate c = count() by k keep 1s`, []string{one}, false},
		{"newest of each key", `latest by k keep 1s |> select n, k`, []string{one}, false},
		{"neighbours", `select n, at`, []string{one, "both"}, false},
	} {
		for name := range files {
			t.Run(test.name+", "+name, func(t *testing.T) {
				program := head + "source of_rows from file into rows { path: \"" + name + "\" }\n" +
					"source of_others from file into others { path: \"full.parquet\" }\n" +
					"stream result = from rows |> " + test.stages + "\n" +
					"stream both = from rows |> select at, n |> union (from others |> select at, n)\n"
				want, _ := untimed(t, files, program, test.outputs, true)
				got, left := untimed(t, files, program, test.outputs, false)
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("(-with times +as it runs):\n%.2000s", d)
				}
				if left != test.untimed {
					t.Errorf("times were left out: %v, not %v", left, test.untimed)
				}
			})
		}
	}
}

// untimed runs a program and returns its outputs and its errors, and whether times were
// left out.
func untimed(t *testing.T, files map[string]string, program string, outputs []string, replaceable bool) (found []string, left bool) {
	t.Helper()
	w := newWorld(t, files)
	opt := build.Options{Parallel: 1, BatchRows: 4096, Outputs: map[string][]string{}, Replaceable: replaceable}
	for _, name := range outputs {
		opt.Outputs[name] = []string{w.dir + "/" + name + ".ndjson"}
	}
	s := w.run(program, opt, lower.Options{Outputs: outputs})
	for _, name := range outputs {
		found = append(found, strings.ReplaceAll(w.read(name+".ndjson"), w.dir, ""))
	}
	for _, e := range s.Errors {
		found = append(found, fmt.Sprint(e.Code, e.Count, strings.ReplaceAll(fmt.Sprint(e.First), w.dir, "")))
	}
	at := slices.IndexFunc(s.Topics, func(t exec.TopicSummary) bool { return t.Name == "rows" })
	return found, s.Topics[at].Furthest == nil
}
