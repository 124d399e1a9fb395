package window

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// inWindows is the rows that changes leave, each once for each window of its time.
func inWindows(rows []optest.Row, size, every int64) []string {
	var out []string
	for _, r := range optest.Left(rows) {
		for start := r.Time/every*every - size; start <= r.Time; start += every {
			if r.Time < start+size {
				out = append(out, fmt.Sprint(r.Values[0], " ", r.Values[1], " ", at(start), " ", at(start+size)))
			}
		}
	}
	slices.Sort(out)
	return out
}

func at(us int64) string {
	return optest.Quote(time.UnixMicro(us).UTC().Format("2006-01-02T15:04:05.999999Z07:00"))
}

func TestChangingAgainstRecomputation(t *testing.T) {
	r := optest.Random(t)
	cols := []types.Column{{Name: "id", Type: types.TLong}, {Name: "x", Type: types.TLong}}
	for _, every := range []int64{20, 10} {
		for _, delay := range []int64{10000, 5} { // with the larger no window closes
			rows := optest.Arrive(optest.RandomChanges(r, 400, 12, 4, 9, func() []any { return []any{r.Int64N(9)} }), delay)
			spec := &ir.Window{Kind: "tumbling", Size: types.Length{Micros: 20}, Input: &ir.Replaced{Key: []string{"id"}}}
			if every < 20 {
				spec.Kind, spec.Every = "hopping", types.Length{Micros: every}
			}
			fresh := func() operators.Operator {
				c, err := NewChanging(spec, cols, &operators.Env{})
				if err != nil {
					t.Fatal(err)
				}
				return c
			}
			var lines []string
			for _, run := range optest.Runs(fresh) {
				run.Delay = delay
				sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: Columns(cols)}, fresh())
				if lines == nil {
					lines = sink.Lines
				}
				if diff := gocmp.Diff(lines, sink.Lines); diff != "" {
					t.Fatalf("%+v (-want +got):\n%s", run, diff)
				}
			}
			if diff := gocmp.Diff(inWindows(rows, 20, every), left(t, lines)); diff != "" && delay > 1000 {
				t.Errorf("every %d (-want +got):\n%s", every, diff)
			}
		}
	}
}

// left is the rows that lines of changes leave.
func left(t *testing.T, lines []string) []string {
	var out []string
	for _, line := range lines {
		op, row, _ := strings.Cut(line, " ")
		if op == "insert" || op == "update_after" {
			out = append(out, row)
			continue
		}
		i := slices.Index(out, row)
		if i < 0 {
			t.Fatalf("%s: there is no such row", line)
		}
		out = slices.Delete(out, i, i+1)
	}
	slices.Sort(out)
	return out
}
