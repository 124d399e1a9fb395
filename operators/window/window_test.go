package window

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

var cols = []types.Column{{Name: "id", Type: types.TLong}}

func rowsAt(delay int64, times ...int64) []optest.Row {
	rows := make([]optest.Row, len(times))
	for i, at := range times {
		rows[i] = optest.Row{Time: at, Values: []any{int64(i)}}
	}
	return optest.Arrive(rows, delay)
}

// shown replaces the window columns by durations, which are shorter to read.
func shown() []types.Column {
	out := Columns(cols)
	out[1].Type, out[2].Type = types.TLong, types.TLong
	return out
}

func TestTumblingRowsAndLateness(t *testing.T) {
	spec := &ir.Window{Kind: "tumbling", Size: types.Length{Micros: 10}, Lateness: 5 * time.Microsecond}
	rows := rowsAt(0, 3, 14, 9, 15, 8, 25, 19, 14)
	want := []string{"3/-/3 0 0 10", "14/3/14 1 10 20", "9/14/14 2 0 10", "15/14/15 3 10 20", "25/15/25 5 20 30"}
	for _, run := range optest.Runs(nil)[:5] {
		op, err := New(spec)
		if err != nil {
			t.Fatal(err)
		}
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: shown(), Meta: true}, op)
		// Row 4 arrives at 15 = 10 + 5, rows 6 and 7 at 25 = 20 + 5.
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
		if d := gocmp.Diff([]string{"4", "6", "7"}, sink.LateRows); d != "" {
			t.Error(d)
		}
	}
}

func TestHoppingRows(t *testing.T) {
	spec := &ir.Window{Kind: "hopping", Size: types.Length{Micros: 10}, Every: types.Length{Micros: 5}}
	// Row 2 arrives at 11: late for [0,10), in time for [5,15). Row 3 is late for both.
	rows := rowsAt(0, 7, 11, 8, 21, 3)
	want := []string{"7/-/7 0 0 10", "7/-/7 0 5 15", "11/7/11 1 5 15", "11/7/11 1 10 20", "8/11/11 2 5 15", "21/11/21 3 15 25", "21/11/21 3 20 30"}
	for _, run := range optest.Runs(nil)[:5] {
		op, err := New(spec)
		if err != nil {
			t.Fatal(err)
		}
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: shown(), Meta: true}, op)
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
		if d := gocmp.Diff([]string{"2", "4"}, sink.LateRows); d != "" {
			t.Error(d)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, spec := range map[string]*ir.Window{
		"kind":      {Kind: "session", Size: types.Length{Micros: 10}},
		"zone":      {Kind: "tumbling", Size: types.Length{Micros: 10}, Zone: "Nowhere/At_All"},
		"long step": {Kind: "hopping", Size: types.Length{Micros: 10}, Every: types.Length{Micros: 20}},
	} {
		if _, err := New(spec); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestRowsWithoutTime(t *testing.T) {
	op, err := New(&ir.Window{Kind: "tumbling", Size: types.Length{Micros: 10}})
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Process(0, &operators.Batch{}, &optest.Sink{}); err == nil {
		t.Error("rows without time were accepted")
	}
}
