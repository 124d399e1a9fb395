package build_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/runtime/build"
)

const hostileProgram = `
schema R { id: long v: long at: timestamp }
topic rows: R from "rows.ndjson" { key: id time: at watermark: 0s }
`

const honestProgram = `
schema R { id: long v: long at: timestamp }
topic rows: R from "rows.ndjson" { key: id time: at watermark: 0s }
fn add(v: long) -> long = wasm "add.wat" export "add"
stream seconds = from rows |> window tumbling 1s |> aggregate n = count(), total = sum(add(v))
sink seconds_out from seconds to "seconds.ndjson"
`

// While functions of one pipeline do what harm they can, rows that they harm fail alone,
// and another pipeline of the process has every result.
func TestHostileBesideHonestPipeline(t *testing.T) {
	module, err := os.ReadFile(filepath.Join("..", "wasm", "testdata", "hostile", "hostile-c.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	functions := []string{"spin", "calls", "bomb", "recurse", "outside", "scribble", "no_function", "wrong_type", "fill", "copy", "random", "lies", "write"}
	program := hostileProgram
	for _, f := range functions {
		program += fmt.Sprintf("fn %s(v: long) -> long = wasm \"hostile.wasm\" export \"%s\" { memory: 256MiB timeout: 200ms }\n", f, f)
		program += fmt.Sprintf("stream out_%s = from rows |> select id, v = %s(v)\nsink to_%s from out_%s to \"%s.ndjson\"\n", f, f, f, f, f)
	}
	program += "sink errors_out from errors to \"errors.ndjson\"\n"
	bad := newWorld(t, map[string]string{"rows.ndjson": numbered(30), "hostile.wasm": string(module)})
	const n = 30_000
	good := newWorld(t, map[string]string{"rows.ndjson": numbered(n), "add.wat": addModule(1)})
	var both sync.WaitGroup
	for _, x := range []struct {
		w       *world
		program string
	}{{bad, program}, {good, honestProgram}} {
		alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
		job, err := build.New(context.Background(), x.w.plan(x.program, lower.Options{}), build.Options{System: x.w.system, Alloc: alloc, BatchRows: 100})
		if err != nil {
			t.Fatal(err)
		}
		both.Go(func() {
			if _, err := job.Run(context.Background()); err != nil {
				t.Error(err)
			}
			if err := job.Close(); err != nil {
				t.Error(err)
			}
			alloc.AssertSize(t, 0)
		})
	}
	both.Wait()
	for _, f := range functions {
		if got := strings.Count(bad.read(f+".ndjson"), "\n"); got != 27 { // of 30 rows three are harmed
			t.Errorf("%s: %d rows of 30 came out", f, got)
		}
	}
	if got := strings.Count(bad.read("errors.ndjson"), "\n"); got != 3*len(functions) {
		t.Errorf("%d rows failed, want %d", got, 3*len(functions))
	}
	var want strings.Builder
	for range n / 1000 {
		want.WriteString("{\"n\":1000,\"total\":5500}\n") // of 0 to 9 each plus 1
	}
	if got := good.read("seconds.ndjson"); got != want.String() {
		t.Errorf("the other pipeline has\n%.300s", got)
	}
}

// numbered are rows a millisecond apart, whose v is the last digit of their number.
func numbered(n int) string {
	var rows strings.Builder
	for i := range n {
		fmt.Fprintf(&rows, `{"id":%d,"v":%d,"at":"2026-01-01T%02d:%02d:%02d.%03dZ"}`+"\n", i, i%10, i/3_600_000, i/60_000%60, i/1000%60, i%1000)
	}
	return rows.String()
}
