package dedup

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
	"github.com/edynamic/edynamic/operators/window"
)

var cols = []types.Column{{Name: "k", Type: types.TString.OrNull()}, {Name: "v", Type: types.TLong}}

var key = &ir.Column{Base: ir.Base{T: cols[0].Type}, Name: "k"}

func newDedup(t testing.TB, spec *ir.Dedup) *Dedup {
	t.Helper()
	in := cols
	if spec.Windowed {
		in = window.Columns(cols)
	}
	op, err := New(spec, in, cols, &operators.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func row(at int64, k any, v int64) optest.Row { return optest.Row{Time: at, Values: []any{k, v}} }

func randomRows(t testing.TB, n int) []optest.Row {
	r := optest.Random(t)
	rows := make([]optest.Row, n)
	for i := range rows {
		var k any = string(rune('a' + r.IntN(4)))
		if r.IntN(6) == 0 {
			k = nil
		}
		rows[i] = row(int64(i)+int64(r.IntN(12)), k, int64(i))
	}
	return optest.Arrive(rows, 6)
}

func line(r optest.Row) string { return optest.Quote(r.Values[0]) + " " + optest.Quote(r.Values[1]) }

func TestWithinAgainstNaive(t *testing.T) {
	rows := randomRows(t, 400)
	const within = 15
	passed := map[any][]int64{} // every row let through, never forgotten
	var want []string
	for _, r := range rows {
		dropped := slices.ContainsFunc(passed[r.Values[0]], func(at int64) bool {
			return max(r.Time-at, at-r.Time) <= within && r.Arrival <= at+within
		})
		if !dropped {
			passed[r.Values[0]] = append(passed[r.Values[0]], r.Time)
			want = append(want, line(r))
		}
	}
	fresh := func() operators.Operator {
		return newDedup(t, &ir.Dedup{By: []ir.Expr{key}, Within: within * time.Microsecond})
	}
	for _, run := range optest.Runs(fresh) {
		run.Delay = 6
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols}, fresh())
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
		if got := sink.Counts[Counter]; got != int64(len(rows)-len(want)) {
			t.Errorf("%+v: %d dropped, want %d", run, got, len(rows)-len(want))
		}
	}
}

func TestWithinByHand(t *testing.T) {
	rows := optest.Arrive([]optest.Row{
		row(100, "a", 1), row(110, "a", 2), row(111, "a", 3), row(90, "a", 4), row(89, "a", 5), row(200, "a", 6), row(105, "a", 7),
	}, 100) // arrivals are so old that nothing is forgotten
	fresh := func() operators.Operator {
		return newDedup(t, &ir.Dedup{By: []ir.Expr{key}, Within: 10 * time.Microsecond})
	}
	// 110 is exactly 10 away; 111 is 11 away and counts anew; 90 is 10 from 100; 89 is free.
	want := []string{`"a" 1`, `"a" 3`, `"a" 5`, `"a" 6`}
	sink := optest.Feed(t, optest.Run{Batch: 3}, cols, rows, &optest.Sink{Cols: cols}, fresh())
	if d := gocmp.Diff(want, sink.Lines); d != "" {
		t.Error(d)
	}
}

func TestWindowsAgainstNaive(t *testing.T) {
	rows := randomRows(t, 300)
	for i := range rows {
		rows[i].Arrival = operators.MinTime // nothing is late
	}
	first := map[string]optest.Row{}
	for _, r := range rows {
		k, ok := r.Values[0].(string)
		if !ok {
			k = "~"
		}
		id := fmt.Sprintf("%06d%s", r.Time/30, k)
		if have, ok := first[id]; !ok || r.Time < have.Time {
			first[id] = r
		}
	}
	var ids, want []string
	for id := range first {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		want = append(want, line(first[id]))
	}
	fresh := func() operators.Operator { return newDedup(t, &ir.Dedup{By: []ir.Expr{key}, Windowed: true}) }
	for _, run := range optest.Runs(fresh) {
		run.Delay = 12
		w, err := window.New(&ir.Window{Kind: "tumbling", Size: types.Length{Micros: 30}})
		if err != nil {
			t.Fatal(err)
		}
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols}, w, fresh())
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
	}
}

func TestWholeRowOfBoundedInput(t *testing.T) {
	rows := optest.Arrive([]optest.Row{row(1, "a", 1), row(2, "a", 1), row(3, nil, 1), row(4, "a", 2), row(5, nil, 1)}, 0)
	fresh := func() operators.Operator { return newDedup(t, &ir.Dedup{}) }
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols}, fresh())
		if d := gocmp.Diff([]string{`"a" 1`, `null 1`, `"a" 2`}, sink.Lines); d != "" {
			t.Errorf("%+v: %s", run, d)
		}
	}
}
