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

// TestFailingPairs: pairs of a join with `keep` whose condition fails are those of the
// rows that are kept when their turn comes, in one order, however rows come together.
func TestFailingPairs(t *testing.T) {
	r := optest.Random(t)
	var input [2]bytes.Buffer
	for i := range 2000 {
		for side := range input {
			at := 1_000_000 + int64(i)*40 - r.Int64N(700)
			fmt.Fprintf(&input[side], `{"id":%d,"n":%d,"at":%d}`+"\n", i, r.IntN(150), at)
		}
	}
	const program = `
schema Row { id: long  n: long  at: timestamp }
topic ls: Row { time: at  watermark: 1s }
topic rs: Row { time: at  watermark: 1s }
source of_ls from file into ls { path: "ls.ndjson"  format: ndjson(timestamps: epoch_millis) }
source of_rs from file into rs { path: "rs.ndjson"  format: ndjson(timestamps: epoch_millis) }
stream result = from ls |> join r = rs on n == r.n and div(10, r.id % 3) > 4 keep 2s |> select id, other = r.id
`
	var want []string
	for _, s := range []struct{ batch, parallel int }{{1, 1}, {4096, 1}, {4096, 3}, {100, 3}, {7, 1}} {
		w := newWorld(t, map[string]string{"ls.ndjson": input[0].String(), "rs.ndjson": input[1].String()})
		opt := build.Options{Parallel: s.parallel, BatchRows: s.batch, Outputs: map[string][]string{
			"result": {w.dir + "/out.ndjson"}, "errors": {w.dir + "/errors.ndjson"},
		}}
		w.run(program, opt, lower.Options{Outputs: []string{"result", "errors"}})
		got := []string{w.read("out.ndjson"), strings.ReplaceAll(w.read("errors.ndjson"), w.dir, "")}
		if want == nil {
			want = got
		}
		if len(got[1]) < 1000 {
			t.Fatalf("there are hardly any failures: %q", got[1])
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("batch %d, parallel %d (-1, 1 +):\n%.1000s", s.batch, s.parallel, d)
		}
	}
}
