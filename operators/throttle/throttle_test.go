package throttle

import (
	"cmp"
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

var cols = []types.Column{{Name: "k", Type: types.TLong.OrNull()}, {Name: "v", Type: types.TString}}

// naive counts the rows let through in the time before each, by the rule.
func naive(rows []optest.Row, n int, span int64) (pass []string, stopped int64) {
	order := make([]int, 0, len(rows))
	for i, r := range rows {
		if r.Time >= r.Arrival {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rows[a].Time, rows[b].Time) })
	passed := map[any][]int64{}
	for _, i := range order {
		r := rows[i]
		in := 0
		for _, t := range passed[r.Values[0]] {
			if t > r.Time-span {
				in++
			}
		}
		if in >= n {
			stopped++
			continue
		}
		passed[r.Values[0]] = append(passed[r.Values[0]], r.Time)
		pass = append(pass, fmt.Sprintf("%d/%d/%d %s %s", r.Time, r.Time, r.Time+1, optest.Quote(r.Values[0]), optest.Quote(r.Values[1])))
	}
	return pass, stopped
}

func TestAgainstNaive(t *testing.T) {
	r := optest.Random(t)
	rows := make([]optest.Row, 500)
	for i := range rows {
		var k any = int64(r.IntN(3))
		if r.IntN(5) == 0 {
			k = nil
		}
		rows[i] = optest.Row{Time: int64(i) + int64(r.IntN(12)), Values: []any{k, fmt.Sprint("v", i)}}
	}
	rows = optest.Arrive(rows, 8)
	for n := 1; n <= 3; n++ {
		spec := &ir.Throttle{N: int64(n), Span: 20 * time.Microsecond, Per: []ir.Expr{&ir.Column{Base: ir.Base{T: cols[0].Type}, Name: "k"}}}
		fresh := func() operators.Operator {
			op, err := New(spec, cols, cols, &operators.Env{})
			if err != nil {
				t.Fatal(err)
			}
			return op
		}
		want, stopped := naive(rows, n, 20)
		for _, run := range optest.Runs(fresh) {
			run.Delay = 8
			sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols, Meta: true}, fresh())
			if d := gocmp.Diff(want, sink.Lines); d != "" {
				t.Fatalf("%d, %+v (-want +got):\n%s", n, run, d)
			}
			if sink.Counts[Counter] != stopped {
				t.Errorf("%d, %+v: %d rows counted, want %d", n, run, sink.Counts[Counter], stopped)
			}
		}
		plain := optest.Feed(t, optest.Run{Batch: 4096}, cols, rows, &optest.Sink{Cols: cols}, fresh())
		got := optest.Resume(t, cols, 0, rows, 8, cols, fresh)
		if d := gocmp.Diff(optest.Sorted(plain.Lines), got.Lines); d != "" {
			t.Fatalf("taken apart (-want +got):\n%s", d)
		}
	}
}
