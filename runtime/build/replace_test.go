package build_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/exec"
)

// addModule is a module that adds n.
func addModule(n int) string {
	return fmt.Sprintf(`(module (func (export "add") (param i64) (result i64) (i64.add (local.get 0) (i64.const %d))))`, n)
}

const replaceProgram = `
schema R { id: long v: long at: timestamp }
topic rows: R from "rows.ndjson" { key: id time: at watermark: 0s }
fn add(v: long) -> long = wasm "add.wat" export "add"
stream added = from rows |> where v >= 0 |> select id, v = add(id)
stream seconds = from rows |> window tumbling 1s |> aggregate n = count(), first = min(id), last = max(id)
stream before = from rows |> extend prev = lag(id) over () |> select id, prev
sink added_out from added to "added.ndjson"
sink seconds_out from seconds to "seconds.ndjson"
sink before_out from before to "before.ndjson"
`

// A hundred versions of a module, put in place while rows flow: no row is lost or comes
// twice, each is computed by one version and none by an older one than the row before
// it, and what keeps state goes on.
func TestReplaceUnderLoad(t *testing.T) {
	const n, versions = 20_000, 100
	for _, parallel := range []int{1, 3} {
		w := newWorld(t, map[string]string{"rows.ndjson": numbered(n), "add.wat": addModule(0)})
		alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
		var job *build.Job
		pulls, placed, at := 0, 0, []int64{}
		opt := build.Options{BatchRows: 50, Parallel: parallel, System: w.system, Alloc: alloc, Replaceable: true, Barriers: func() int {
			if pulls++; pulls%3 != 0 || placed == versions {
				return 0
			}
			w.write("add.wat", addModule((placed+1)*1_000_000))
			err := job.Replace(w.plan(replaceProgram, lower.Options{}), func(read []exec.TopicSummary, err error) {
				if err != nil {
					t.Error(err)
				}
				placed++
				at = append(at, read[0].Rows)
			})
			if err != nil {
				t.Fatal(err)
			}
			return 0
		}}
		var err error
		if job, err = build.New(context.Background(), w.plan(replaceProgram, lower.Options{}), opt); err != nil {
			t.Fatal(err)
		}
		if _, err := job.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := job.Close(); err != nil {
			t.Error(err)
		}
		alloc.AssertSize(t, 0)
		if placed != versions {
			t.Fatalf("%d versions were put in place, not %d", placed, versions)
		}
		checkAdded(t, w.read("added.ndjson"), n, at)
		checkState(t, w, n)
	}
}

// checkAdded checks that row i has the version that was in place when it was read.
func checkAdded(t *testing.T, text string, n int, at []int64) {
	t.Helper()
	list := strings.Split(strings.TrimSpace(text), "\n")
	if len(list) != n {
		t.Fatalf("%d rows came out of %d", len(list), n)
	}
	version := int64(0)
	for i, line := range list {
		for int(version) < len(at) && int64(i) >= at[version] {
			version++
		}
		var row struct{ ID, V int64 }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if row.ID != int64(i) || row.V != int64(i)+version*1_000_000 {
			t.Fatalf("row %d is %s, and version %d was in place", i, line, version)
		}
	}
}

// checkState checks the windows and the row before each row.
func checkState(t *testing.T, w *world, n int) {
	t.Helper()
	var want strings.Builder
	for s := range n / 1000 {
		fmt.Fprintf(&want, `{"n":1000,"first":%d,"last":%d}`+"\n", 1000*s, 1000*s+999)
	}
	if got := w.read("seconds.ndjson"); got != want.String() {
		t.Errorf("the windows are\n%.300s", got)
	}
	want.Reset()
	for i := range n {
		if i == 0 {
			want.WriteString(`{"id":0,"prev":null}` + "\n")
		} else {
			fmt.Fprintf(&want, `{"id":%d,"prev":%d}`+"\n", i, i-1)
		}
	}
	if got := w.read("before.ndjson"); got != want.String() {
		t.Errorf("the rows before are\n%.300s", got)
	}
}

// Which changes of a program can take over, and which cannot.
func TestReplaceCompatible(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		fits     bool
	}{
		"another condition":  {"v >= 0", "v >= 5", true},
		"another expression": {"v = add(id)", "v = add(id) + 1", true},
		"a new comment":      {"stream seconds", "// counts\nstream seconds", true},
		"another limit":      {`export "add"`, `export "add" { timeout: 1ms }`, true},
		"another window":     {"tumbling 1s", "tumbling 2s", false},
		"another aggregate":  {"min(id)", "max(id)", false},
		"another column":     {"select id, v", "select id, w", false},
		"another stage":      {"|> where v >= 0", "|> where v >= 0 |> limit 3", false},
		"another schema":     {"v: long", "v: int", false},
	} {
		w := newWorld(t, map[string]string{"rows.ndjson": `{"id":1,"v":1,"at":"2026-01-01T00:00:00Z"}` + "\n", "add.wat": addModule(1)})
		job, err := build.New(context.Background(), w.plan(replaceProgram, lower.Options{}), build.Options{System: w.system, Replaceable: true})
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(replaceProgram, c.from, c.to, 1)
		err = job.Replace(w.plan(changed, lower.Options{}), func([]exec.TopicSummary, error) {})
		if (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
		if err := job.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What a projection hands on at first, and later computes, is computed in the output too.
func TestReplaceHandedOn(t *testing.T) {
	const program = `
schema R { id: long v: long at: timestamp }
topic rows: R from "rows.ndjson" { time: at watermark: 0s }
stream same = from rows |> select id, v
sink out from same to "same.ndjson"
`
	const n = 5000
	w := newWorld(t, map[string]string{"rows.ndjson": numbered(n)})
	var job *build.Job
	pulls, changed := 0, int64(-1)
	opt := build.Options{BatchRows: 50, System: w.system, Replaceable: true, Barriers: func() int {
		if pulls++; pulls == 10 {
			next := strings.Replace(program, "id, v", "id, v = v + 1_000_000", 1)
			err := job.Replace(w.plan(next, lower.Options{}), func(read []exec.TopicSummary, err error) {
				if err != nil {
					t.Error(err)
				}
				changed = read[0].Rows
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return 0
	}}
	var err error
	if job, err = build.New(context.Background(), w.plan(program, lower.Options{}), opt); err != nil {
		t.Fatal(err)
	}
	if _, err := job.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := job.Close(); err != nil {
		t.Error(err)
	}
	if changed <= 0 || changed >= n {
		t.Fatalf("replaced after %d of %d rows", changed, n)
	}
	var want strings.Builder
	for i := range n {
		fmt.Fprintf(&want, `{"id":%d,"v":%d}`+"\n", i, i%10+min(i/int(changed), 1)*1_000_000)
	}
	if w.read("same.ndjson") != want.String() {
		t.Errorf("replaced after %d rows: other rows came out", changed)
	}
}
