package latest

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

var cols = []types.Column{{Name: "k", Type: types.TLong.OrNull()}, {Name: "v", Type: types.TString}}

var key = &ir.Column{Base: ir.Base{T: cols[0].Type}, Name: "k"}

func newLatest(t testing.TB, spec *ir.Latest) *Latest {
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

func row(at int64, k any, v string) optest.Row { return optest.Row{Time: at, Values: []any{k, v}} }

func TestChangesByHand(t *testing.T) {
	rows := optest.Arrive([]optest.Row{
		row(10, int64(1), "a"), row(20, nil, "n"), row(8, int64(1), "older"), row(10, int64(1), "same time"),
		row(30, int64(1), "same time"), row(31, int64(1), "b"),
	}, 3)
	want := []string{
		`10/-/10 insert 1 "a"`, `20/7/20 insert null "n"`,
		`10/17/20 update_before 1 "a"`, `10/17/20 update_after 1 "same time"`,
		`31/27/31 update_before 1 "same time"`, `31/27/31 update_after 1 "b"`,
	}
	fresh := func() operators.Operator { return newLatest(t, &ir.Latest{By: []ir.Expr{key}}) }
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols, Meta: true}, fresh())
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
	}
}

func TestKeepForgetsKeys(t *testing.T) {
	rows := optest.Arrive([]optest.Row{row(0, int64(1), "a"), row(11, int64(2), "b"), row(5, int64(1), "c")}, 0)
	fresh := func() operators.Operator {
		return newLatest(t, &ir.Latest{By: []ir.Expr{key}, Keep: 10 * time.Microsecond})
	}
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols}, fresh())
		if d := gocmp.Diff([]string{`insert 1 "a"`, `insert 2 "b"`, `insert 1 "c"`}, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
	}
}

func TestWindowsAgainstNaive(t *testing.T) {
	r := optest.Random(t)
	rows := make([]optest.Row, 300)
	for i := range rows {
		var k any = int64(r.IntN(5))
		if r.IntN(6) == 0 {
			k = nil
		}
		rows[i] = row(int64(i)+int64(r.IntN(12)), k, fmt.Sprint("v", i))
	}
	rows = optest.Arrive(rows, 12)
	best := map[string]optest.Row{}
	for _, row := range rows {
		id := fmt.Sprintf("%06d %v", row.Time/40, row.Values[0]) // "<nil>" is after the digits
		if have, ok := best[id]; !ok || row.Time >= have.Time {
			best[id] = row
		}
	}
	var ids, want []string
	for id := range best {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		want = append(want, optest.Quote(best[id].Values[0])+" "+optest.Quote(best[id].Values[1]))
	}
	spec := &ir.Latest{By: []ir.Expr{key}, Windowed: true}
	fresh := func() operators.Operator { return newLatest(t, spec) }
	for _, run := range optest.Runs(fresh) {
		run.Delay = 12
		w, err := window.New(&ir.Window{Kind: "tumbling", Size: types.Length{Micros: 40}})
		if err != nil {
			t.Fatal(err)
		}
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols}, w, fresh())
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
	}
}
