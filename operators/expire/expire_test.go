package expire

import (
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// young is the rows that changes leave and that are not old: the time of each is at
// most `after` behind that of the last row.
func young(rows []optest.Row, after, end int64) []string {
	var out []string
	for _, r := range optest.Left(rows) {
		if r.Time+after >= end {
			out = append(out, fmt.Sprint(r.Values[0], " ", r.Values[1]))
		}
	}
	slices.Sort(out)
	return out
}

func TestExpireAgainstRecomputation(t *testing.T) {
	r := optest.Random(t)
	cols := []types.Column{{Name: "id", Type: types.TLong}, {Name: "x", Type: types.TLong}}
	const after, delay = 40, 5
	rows := optest.Arrive(optest.RandomChanges(r, 400, 30, 4, 0, func() []any { return []any{r.Int64N(5)} }), delay)
	spec := &ir.Expire{After: after * time.Microsecond, Input: ir.Replaced{Key: []string{"id"}}}
	fresh := func() operators.Operator { return New(spec, cols) }
	var lines []string
	for _, run := range optest.Runs(fresh) {
		run.Delay = delay
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols, Meta: true}, fresh())
		if lines == nil {
			lines = sink.Lines
		}
		if diff := gocmp.Diff(lines, sink.Lines); diff != "" {
			t.Fatalf("%+v (-want +got):\n%s", run, diff)
		}
	}
	for n := range optest.Prefixes(rows, 11) {
		sink := optest.Feed(t, optest.Run{Batch: 7, Marks: 1, Delay: delay}, cols, rows[:n], &optest.Sink{Cols: cols}, fresh())
		table := optest.Table{Keys: 1}
		table.Apply(t, sink.Lines)
		if diff := gocmp.Diff(young(rows[:n], after, rows[n-1].Progress), table.Rows()); diff != "" {
			t.Fatalf("after %d changes (-want +got):\n%s", n, diff)
		}
	}
}
